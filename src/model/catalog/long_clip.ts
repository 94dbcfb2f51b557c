/**
 * Long-CLIP: OpenAI's models with a context of 248 ids. Source: beichenzbc/Long-CLIP (README,
 * `model/model_longclip.py`).
 */
import type { CatalogEntry } from "./entry.ts";
import { FAMILIES } from "./families.ts";
import { OPENAI_MODELS } from "./openai.ts";

const CONTEXT_LENGTH = 248;

const ROWS = [
  { size: "B", base: "ViT-B-16::openai" },
  { size: "L", base: "ViT-L-14::openai" },
] as const;

function entry({ size, base }: typeof ROWS[number]): CatalogEntry {
  const model = OPENAI_MODELS.find(({ name }) => name === base);
  if (model === undefined) throw new TypeError(`there is no ${base}`);
  const { architecture } = model;
  const { publisher, languages } = FAMILIES["long-clip"];
  const repository = `BeichenZhang/LongCLIP-${size}`;
  return {
    name: `LongCLIP-${size}`,
    aliases: [repository],
    family: "long-clip",
    publisher,
    languages,
    architecture: {
      ...architecture,
      text: {
        ...architecture.text,
        contextLength: CONTEXT_LENGTH,
        positionRows: CONTEXT_LENGTH,
      },
    },
    checkpoints: [{ kind: "hub", repository, files: [`longclip-${size}.pt`] }],
    cached: [],
    notes: [],
  };
}

/** Long-CLIP's models. */
export const LONG_CLIP_MODELS: readonly CatalogEntry[] = ROWS.map(entry);
