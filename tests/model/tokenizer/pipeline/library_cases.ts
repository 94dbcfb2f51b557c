/** What the real libraries made of texts (library_ids.py), and ours beside it. */
import type { FileTokenizer } from "../../../../src/checkpoint/state_dict.ts";
import type { Pipeline } from "../../../../src/model/tokenizer/pipeline/pipeline.ts";
import { parseTokenizerFile } from "../../../../src/model/tokenizer/pipeline/tokenizer_file.ts";
import { PipelineTokens } from "../../../../src/model/tokenizer/pipeline_tokens.ts";
import { PipelineTokenizer } from "../../../../src/model/tokenizer/pipeline_tokenizer.ts";

/** One tokenizer. */
export interface LibraryCase {
  name: string;
  /** Path of its file. */
  file: string;
  format: FileTokenizer["format"];
  clean: FileTokenizer["clean"];
  /** By line. */
  ids: number[][];
  /** Begin and end of each token in UTF-16 units, -1 for those around a text. */
  offsets?: [number, number][][];
  /** The text of the ids, without special tokens. */
  decoded?: string[];
}

/** Reads the file of a case. */
export function pipelineOf({ file, format, clean, name }: LibraryCase): Pipeline {
  return parseTokenizerFile(Deno.readFileSync(file), format, clean, name);
}

/** Every id of a text as the model would have it if its context were as long as that. */
export function idsOf(pipeline: Pipeline, text: string, contextLength?: number): number[] {
  return idsBy(pipeline, contextLength)(text);
}

/** The same of many texts. */
function idsBy(pipeline: Pipeline, contextLength = 4096): (text: string) => number[] {
  const tokenizer = new PipelineTokenizer(optionsOf(pipeline, contextLength));
  const ids = new Int32Array(contextLength);
  return (text) => [...ids.subarray(0, tokenizer.encodeInto(text, ids))];
}

/** For those who ask about tokens. */
export function tokensOf(pipeline: Pipeline): PipelineTokens {
  return new PipelineTokens(optionsOf(pipeline, 77));
}

function optionsOf(pipeline: Pipeline, contextLength: number) {
  const { vocabSize } = pipeline;
  return { pipeline, contextLength, vocabSize, padId: 0, clean: "none", stripSep: false } as const;
}

/**
 * Lines that differ, as messages: of ids; of places, not within ours, and at all; of decoded texts.
 */
export function differences(each: LibraryCase, lines: readonly string[]) {
  const pipeline = pipelineOf(each);
  const tokens = tokensOf(pipeline);
  const encode = idsBy(pipeline);
  const found = {
    ids: [] as string[],
    offsets: [] as string[],
    wider: [] as string[],
    decoded: [] as string[],
  };
  for (const [i, line] of lines.entries()) {
    const where = `${each.name}, ${JSON.stringify(line)}`;
    const [ids, want] = [encode(line), each.ids[i]!];
    if (ids.join() !== want.join()) found.ids.push(`${where}: ${ids}, not ${want}`);
    const asked = tokens.tokenize(line, { addSpecialTokens: true });
    if (asked.ids.join() !== want.join()) found.ids.push(`${where}: asked, ${asked.ids}`);
    for (const [at, [start, end]] of each.offsets?.[i]?.entries() ?? []) {
      const [ownStart, ownEnd] = [asked.starts[at]!, asked.ends[at]!];
      if (ownStart === start && ownEnd === end) continue;
      const message = `${where}: token ${at} at ${ownStart}-${ownEnd}, not ${start}-${end}`;
      found.wider.push(message);
      if (ownStart > start || ownEnd < end) found.offsets.push(message);
      break;
    }
    const text = each.decoded && tokens.decode(want, { skipSpecialTokens: true });
    if (text !== each.decoded?.[i]) {
      found.decoded.push(
        `${where}: ${JSON.stringify(text)}, not ${JSON.stringify(each.decoded![i])}`,
      );
    }
  }
  return found;
}
