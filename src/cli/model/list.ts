/** `model list`: what may be named, and which of it is here. */
import { CATALOG, type CatalogEntry, spellingsOf } from "../../model/catalog/catalog.ts";
import { type Presence, presenceOf } from "../../model/store/presence.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import type { Console } from "./console.ts";
import { ACTIVATION_NAMES } from "./info.ts";
import { readModel } from "./target.ts";
import { columns } from "./text.ts";

/**
 * Prints the catalog, or what it has of one name.
 *
 * @throws {ClipError} `config` for settings that are wrong, or an unknown name.
 */
export async function listModels(
  console: Console,
  name: string | undefined,
  options: { json: boolean; local: boolean },
): Promise<number> {
  const settings = readStoreSettings(console.env);
  const rows: { entry: CatalogEntry; presence: Presence }[] = [];
  for (const entry of name === undefined ? CATALOG : [readModel(name)]) {
    const presence = await presenceOf(entry, settings);
    const here = presence.checkpoints.length + presence.onnx.length > 0;
    if (here || !options.local) rows.push({ entry, presence });
  }
  if (options.json) {
    console.out(JSON.stringify(rows.map(asJson), null, 2));
    return 0;
  }
  const table = rows.map(({ entry: { name, architecture }, presence }) => [
    name,
    String(architecture.vision.imageSize),
    String(architecture.embedDim),
    ACTIVATION_NAMES[architecture.text.activation],
    here(presence),
  ]);
  for (const line of columns([["MODEL", "IMAGE", "EMBED", "ACTIVATION", "HERE"], ...table])) {
    console.out(line);
  }
  return 0;
}

function here({ checkpoints, onnx }: Presence): string {
  const found = [
    ...(checkpoints.length > 0 ? ["weights"] : []),
    ...(onnx.length > 0 ? ["onnx"] : []),
  ];
  return found.length === 0 ? "-" : found.join(", ");
}

function asJson({ entry, presence }: { entry: CatalogEntry; presence: Presence }) {
  const { name, publisher, architecture } = entry;
  const paths = (places: Presence["onnx"]) => places.map(({ path }) => path);
  return {
    name,
    aliases: spellingsOf(entry).filter((spelling) => spelling !== name),
    publisher,
    architecture,
    checkpoints: paths(presence.checkpoints),
    onnx: paths(presence.onnx),
  };
}
