/**
 * The models that a flow may name, by every name that they have here and elsewhere. Pure data and
 * look-up: reads no file and opens no connection.
 */
import type { CatalogEntry } from "./entry.ts";
import { FAMILY_NAMES } from "./families.ts";
import { nearMatches } from "./near_match.ts";
import { CHINESE_CLIP_MODELS } from "./chinese_clip.ts";
import { LONG_CLIP_MODELS } from "./long_clip.ts";
import { M_CLIP_MODELS } from "./m_clip.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";
import { OPENAI_MODELS } from "./openai.ts";
import { refusal } from "./refused.ts";
import { repositoriesOf } from "./repositories.ts";
import { SIGLIP_MODELS } from "./siglip.ts";
import { MAX_MODEL_NAME_LENGTH, plainName } from "./spelling.ts";

export type {
  CatalogEntry,
  CheckpointSource,
  Digest,
  FileBeside,
  FileRole,
  OnnxPair,
} from "./entry.ts";
export { folderOf } from "./entry.ts";

/** Every model of the catalog, family by family, OpenAI's first. */
export const CATALOG: readonly CatalogEntry[] = byFamily([
  ...OPENAI_MODELS,
  ...OPEN_CLIP_MODELS,
  ...SIGLIP_MODELS,
  ...M_CLIP_MODELS,
  ...CHINESE_CLIP_MODELS,
  ...LONG_CLIP_MODELS,
]);

function byFamily(models: readonly CatalogEntry[]): CatalogEntry[] {
  return FAMILY_NAMES.flatMap((name) => models.filter(({ family }) => family === name));
}

/** The look-up's answer: a model, or a sentence that says why there is none. */
export type ModelLookup =
  | { ok: true; model: CatalogEntry }
  | { ok: false; message: string };

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
  const spellings = new Set([model.name, ...model.aliases]);
  const at = model.name.indexOf("::");
  if (at < 0) return [...spellings];
  const tag = model.name.slice(at);
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
  if (model.name.includes("::") && model.architecture.text.activation === "quick_gelu") {
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

  const refused = refusal(name);
  if (refused !== undefined) return { ok: false, message: refused };

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

function listOr(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
