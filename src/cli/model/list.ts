/** `model list`: what may be named, and which of it is here. */
import { ClipError } from "../../errors.ts";
import { CATALOG, type CatalogEntry, findModel, spellingsOf } from "../../model/catalog/catalog.ts";
import type { FamilyName } from "../../model/catalog/families.ts";
import { parameterCount } from "../../model/catalog/memory.ts";
import { plainName } from "../../model/catalog/spelling.ts";
import { hasWeights, type Presence, presenceOf } from "../../model/store/presence.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import type { Console } from "./console.ts";
import { columns } from "./text.ts";

/** What of the catalog is printed. */
export interface ListOptions {
  json: boolean;
  /** Only what is in one of the caches. */
  local: boolean;
  /** Only of this family. */
  family: FamilyName | undefined;
}

/**
 * Prints the catalog, or what it has of a name or a part of one.
 *
 * @throws {ClipError} `config` for settings that are wrong, or a name that nothing has.
 */
export async function listModels(
  console: Console,
  text: string | undefined,
  { json, local, family }: ListOptions,
): Promise<number> {
  const settings = readStoreSettings(console.env);
  const rows: { entry: CatalogEntry; presence: Presence }[] = [];
  for (const entry of text === undefined ? CATALOG : named(text)) {
    if (family !== undefined && entry.family !== family) continue;
    const presence = await presenceOf(entry, settings);
    if (!local || here(presence) !== "-") rows.push({ entry, presence });
  }
  if (json) {
    console.out(JSON.stringify(rows.map(asJson), null, 2));
    return 0;
  }
  const table = rows.map(({ entry, presence }) => [
    entry.name,
    String(entry.architecture.embedDim),
    String(entry.architecture.vision.imageSize),
    String(entry.architecture.text.contextLength),
    shortLanguages(entry),
    here(presence),
  ]);
  const head = ["MODEL", "EMBED", "IMAGE", "TEXT", "LANG", "HERE"];
  for (const line of columns([head, ...table], WIDEST_NAME)) console.out(line);
  return 0;
}

/** The model of that name, or all that have it in one of theirs. @throws {ClipError} */
function named(text: string): readonly CatalogEntry[] {
  const found = findModel(text);
  if (found.ok) return [found.model];
  const part = plainName(text);
  const some = part === ""
    ? []
    : CATALOG.filter((entry) =>
      spellingsOf(entry).some((spelling) => plainName(spelling).includes(part))
    );
  if (some.length === 0) throw new ClipError("config", found.message);
  return some;
}

/** Few are longer; with these a row has 80 columns. */
const WIDEST_NAME = 38;

/** `en`, `zh`, or how many. */
function shortLanguages({ languages }: CatalogEntry): string {
  const count = /\d+/.exec(languages)?.[0];
  if (count === undefined) return languages === "Chinese" ? "zh" : "en";
  return languages.startsWith("more") ? `${count}+` : count;
}

function here(presence: Presence): string {
  const { checkpoints, lacking, onnx, images } = presence;
  const found = [
    ...(hasWeights(presence)
      ? ["weights"]
      : checkpoints.length + lacking.length > 0
      ? [images === undefined ? "part of the weights" : "texts alone"]
      : []),
    ...(onnx.length > 0 ? ["onnx"] : []),
  ];
  return found.length === 0 ? "-" : found.join(", ");
}

function asJson({ entry, presence }: { entry: CatalogEntry; presence: Presence }) {
  const { name, family, publisher, languages, architecture } = entry;
  const paths = (places: Presence["onnx"]) => places.map(({ path }) => path);
  return {
    name,
    aliases: spellingsOf(entry).filter((spelling) => spelling !== name),
    family,
    publisher,
    languages,
    licence: entry.licence?.name ?? null,
    parameters: parameterCount(architecture),
    architecture,
    images: entry.images?.name ?? null,
    checkpoints: paths(presence.checkpoints),
    onnx: paths(presence.onnx),
  };
}
