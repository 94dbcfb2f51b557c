/** Which tokenizer a model's texts need. */
import { dirname } from "node:path";
import type { TokenizerSetup } from "../model/tokenizer/open_tokenizer.ts";
import type { ModelFiles, ModelShape } from "../runtime/model.ts";

/** What `openTokenizer` opens for a model: a published file lies beside the text tower's graph. */
export function tokenizerSetup(
  { tokenizer, textual, vocabSize }: Pick<ModelFiles, "tokenizer" | "textual" | "vocabSize">,
  { contextLength, padId }: Pick<ModelShape, "contextLength" | "padId">,
): TokenizerSetup {
  if (tokenizer?.kind !== "file") return { contextLength, vocabSize };
  const published = { description: tokenizer, folder: dirname(textual), padId };
  return { contextLength, vocabSize, published };
}
