/**
 * The models that a flow may name: every name of clip_server's table in its old and new spelling.
 * Pure data and look-up: reads no file and opens no connection.
 */
import type { CatalogEntry } from "./entry.ts";
import { nearMatches } from "./near_match.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";
import { OPENAI_MODELS } from "./openai.ts";

export type { CatalogEntry, CheckpointSource, Digest, FileRole, OnnxPair } from "./entry.ts";
export { folderOf } from "./entry.ts";

/** Every model of the catalog, OpenAI's first. */
export const CATALOG: readonly CatalogEntry[] = [...OPENAI_MODELS, ...OPEN_CLIP_MODELS];

/** The look-up's answer: a model, or a sentence that says why there is none. */
export type ModelLookup =
  | { ok: true; model: CatalogEntry }
  | { ok: false; message: string };

/** Prefixes of the families whose text towers are not CLIP's own. */
const UNSUPPORTED_FAMILIES = [
  { prefix: "M-CLIP/", what: "a multilingual text tower of its own" },
  { prefix: "CN-CLIP/", what: "a Chinese text tower of its own" },
  { prefix: "roberta-ViT-", what: "a RoBERTa text tower" },
  { prefix: "xlm-roberta-", what: "an XLM-RoBERTa text tower" },
];

/** Every accepted spelling and the model that it means. */
const BY_SPELLING: ReadonlyMap<string, CatalogEntry> = new Map(
  CATALOG.flatMap((model) => spellingsOf(model).map((spelling) => [spelling, model] as const)),
);

/**
 * Every exact spelling of a model's name. `ViT-B/32` and `ViT-B-32` may both carry the tag.
 */
export function spellingsOf(model: CatalogEntry): string[] {
  const tag = model.name.slice(model.name.indexOf("::"));
  const spellings = new Set([model.name, ...model.aliases]);
  for (const alias of model.aliases) {
    const isRepository = model.checkpoints.some((source) =>
      source.kind === "hub" && source.repository === alias
    );
    if (!alias.includes("::") && !isRepository) spellings.add(alias + tag);
  }
  return [...spellings];
}

/**
 * Finds a model by any spelling of its name. Case counts: `ViT-g-14` and `ViT-G-14` are two models
 * in the literature.
 */
export function findModel(name: string): ModelLookup {
  const model = BY_SPELLING.get(name.trim());
  if (model !== undefined) return { ok: true, model };

  const unsupported = unsupportedFamily(name);
  if (unsupported !== undefined) return { ok: false, message: unsupported };

  const near = nearMatches(name, [...BY_SPELLING.keys()], 12)
    .map((spelling) => BY_SPELLING.get(spelling)?.name ?? spelling);
  const names = [...new Set(near)].slice(0, 3).map((each) => `"${each}"`);
  const hint = names.length === 0 ? "" : `; did you mean ${listOr(names)}?`;
  return {
    ok: false,
    message: `Unknown model "${name.slice(0, 120)}"${hint === "" ? "." : hint} ` +
      "`deno task model list` shows all names; any other CLIP checkpoint can be used by its " +
      "path with `model_path`",
  };
}

/**
 * Why a name is that of a model whose texts need another tokenizer and tower, or `undefined`. Asked
 * where files are given too: ONNX files do not show what their ids mean.
 */
export function unsupportedFamily(name: string): string | undefined {
  const family = UNSUPPORTED_FAMILIES.find(({ prefix }) => name.startsWith(prefix));
  if (family === undefined) return undefined;
  return `Model "${name}" is not supported yet: it has ${family.what}. ` +
    "Choose one of OpenAI's or OpenCLIP's models (`deno task model list`)";
}

function listOr(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
