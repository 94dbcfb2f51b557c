/**
 * The models that a flow may name, by every name that they have here and elsewhere. Pure data and
 * look-up: reads no file and opens no connection.
 */
import type { CatalogEntry } from "./entry.ts";
import { nearMatches } from "./near_match.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";
import { OPENAI_MODELS } from "./openai.ts";
import { repositoriesOf } from "./repositories.ts";
import { MAX_MODEL_NAME_LENGTH, plainName } from "./spelling.ts";

export type { CatalogEntry, CheckpointSource, Digest, FileRole, OnnxPair } from "./entry.ts";
export { folderOf } from "./entry.ts";

/** Every model of the catalog, OpenAI's first. */
export const CATALOG: readonly CatalogEntry[] = [...OPENAI_MODELS, ...OPEN_CLIP_MODELS];

/** The look-up's answer: a model, or a sentence that says why there is none. */
export type ModelLookup =
  | { ok: true; model: CatalogEntry }
  | { ok: false; message: string };

/** How the names of families begin (as `plainName` has them) whose text towers are not CLIP's own. */
const UNSUPPORTED_FAMILIES = [
  { prefix: "m-clip-", what: "a multilingual text tower of its own" },
  { prefix: "labse-vit-", what: "a multilingual text tower of its own" },
  { prefix: "clip-vit-b-32-multilingual-", what: "a multilingual text tower of its own" },
  {
    prefix: "sentence-transformers-clip-vit-b-32-multilingual-",
    what: "a multilingual text tower of its own",
  },
  { prefix: "cn-clip-", what: "a Chinese text tower of its own" },
  { prefix: "roberta-vit-", what: "a RoBERTa text tower" },
  { prefix: "xlm-roberta-", what: "an XLM-RoBERTa text tower" },
];

/** Every accepted spelling, as `plainName` has it, and the model that it means. */
const BY_PLAIN_NAME: ReadonlyMap<string, CatalogEntry> = new Map(
  CATALOG.flatMap((model) =>
    spellingsOf(model).map((spelling) => [plainName(spelling), model] as const)
  ),
);

/**
 * The spellings of clip_server and OpenCLIP. `ViT-B/32` and `ViT-B-32` may both carry the tag.
 */
export function clipServerSpellings(model: CatalogEntry): string[] {
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
 * Every spelling of a model's name, its own first: those of clip_server and OpenCLIP, and the hub's
 * repositories with and without their owner. Others that `plainName` makes one of these are as good.
 */
export function spellingsOf(model: CatalogEntry): string[] {
  const spellings = new Set(clipServerSpellings(model));
  if (model.architecture.text.activation === "quick_gelu") {
    spellings.add(model.name.replace("::", "-quickgelu::"));
  }
  for (const repository of repositoriesOf(model)) {
    spellings.add(repository);
    spellings.add(repository.slice(repository.indexOf("/") + 1));
  }
  return [...spellings];
}

/** Finds a model by any spelling of its name; case, and which separators are used, do not count. */
export function findModel(name: string): ModelLookup {
  const plain = name.length > MAX_MODEL_NAME_LENGTH ? "" : plainName(name);
  const model = BY_PLAIN_NAME.get(plain);
  if (model !== undefined) return { ok: true, model };

  const unsupported = unsupportedFamily(name);
  if (unsupported !== undefined) return { ok: false, message: unsupported };

  const near = nearMatches(name, [...BY_PLAIN_NAME.keys()])
    .map((spelling) => BY_PLAIN_NAME.get(spelling)?.name ?? spelling);
  const names = [...new Set(near)].slice(0, 3).map((each) => `"${each}"`);
  const hint = names.length === 0 ? "" : `; did you mean ${listOr(names)}?`;
  return {
    ok: false,
    message: `Unknown model "${name.slice(0, 120)}"${hint === "" ? "." : hint} ` +
      "`deno task model list` shows all names; any other CLIP checkpoint can be used by its " +
      "path with `model_path`",
  };
}

/** The model whose published checkpoint has this sha256 (in hex), if the catalog knows its hash. */
export function findModelBySha256(sha256: string): CatalogEntry | undefined {
  return CATALOG.find(({ checkpoints }) =>
    checkpoints.some((source) =>
      source.kind === "url" && source.digest?.algorithm === "sha256" &&
      sha256.startsWith(source.digest.hex)
    )
  );
}

/**
 * Why a name is that of a model whose texts need another tokenizer and tower, or `undefined`. Asked
 * where files are given too: ONNX files do not show what their ids mean.
 */
export function unsupportedFamily(name: string): string | undefined {
  const plain = plainName(name.slice(0, MAX_MODEL_NAME_LENGTH));
  const family = UNSUPPORTED_FAMILIES.find(({ prefix }) => plain.startsWith(prefix));
  if (family === undefined) return undefined;
  return `Model "${name.slice(0, 120)}" is not supported yet: it has ${family.what}. ` +
    "Choose one of OpenAI's or OpenCLIP's models (`deno task model list`)";
}

function listOr(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
