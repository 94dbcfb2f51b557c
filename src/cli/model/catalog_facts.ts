/** What the catalog knows of a model, as `model info` prints it. */
import {
  type CatalogEntry,
  type CheckpointSource,
  spellingsOf,
} from "../../model/catalog/catalog.ts";
import { FAMILIES } from "../../model/catalog/families.ts";
import { parameterCount, serverBytes, weightBytes } from "../../model/catalog/memory.ts";
import { nameOrigin } from "../../model/catalog/origin.ts";
import { candidatesOf, hubCandidate } from "../../model/store/candidates.ts";
import { describeDigests } from "../../model/store/digest.ts";
import type { StoreSettings } from "../../model/store/settings.ts";
import { formatBytes } from "../../model/store/sizes.ts";
import { type Fact, VALUE_WIDTH, wrap } from "./text.ts";

/** A few lines. */
export function catalogFacts(known: CatalogEntry, settings: StoreSettings): Fact[] {
  const aliases = spellingsOf(known).filter((spelling) => spelling !== known.name);
  const { licence, architecture, images } = known;
  const family = FAMILIES[known.family];
  return [
    ["Model", `${known.name} (${known.publisher})`],
    ["Family", `${family.title} (${known.family})`],
    ["Name from", nameOrigin(known)],
    ...(aliases.length === 0
      ? []
      : [["Also called", wrap(aliases.join(", "), VALUE_WIDTH)] as const]),
    ["Languages", known.languages],
    [
      "Licence",
      licence === undefined
        ? "not known here: see the page of its repository"
        : `${licence.name} (${licence.from})`,
    ],
    [
      "Memory",
      `${formatBytes(weightBytes(architecture))} of fp32 weights; ` +
      `a server about ${formatBytes(serverBytes(architecture))}`,
    ],
    ["Sources", known.checkpoints.map((source) => sourceText(source, settings)).join("\n")],
    ...(images === undefined ? [] : [["Images", `those of ${images.name}`] as const]),
    ...known.notes.map((note) => ["Note", wrap(note, VALUE_WIDTH)] as const),
  ];
}

/** The same for programs. */
export function catalogJson(known: CatalogEntry): unknown {
  const { images, ...rest } = known;
  return {
    ...rest,
    aliases: spellingsOf(known).filter((spelling) => spelling !== known.name),
    nameFrom: nameOrigin(known),
    parameters: parameterCount(known.architecture),
    weightBytes: weightBytes(known.architecture),
    serverBytes: serverBytes(known.architecture),
    images: images?.name ?? null,
  };
}

/** Addresses of a source, what is got beside, and what files are compared with. */
function sourceText(source: CheckpointSource, settings: StoreSettings): string {
  const addresses = candidatesOf(source, settings).map(({ url }) => url);
  const hash = source.kind === "hub"
    ? "  compared with the sha256 that the hub states, else pinned when first seen"
    : source.digest === undefined
    ? "  no hash is published: pinned when first seen"
    : `  ${describeDigests([source.digest])}`;
  return [...addresses, ...besideTexts(source, settings), hash].join("\n");
}

/** Addresses of what is got beside the weights. */
function besideTexts(source: CheckpointSource, settings: StoreSettings): string[] {
  if (source.kind !== "hub") return [];
  return (source.beside ?? []).flatMap(({ from, needed }) => {
    const addresses = from.map(({ repository, file }) =>
      hubCandidate(repository ?? source.repository, file, settings).url
    );
    return addresses.map((address, index) =>
      `  ${index > 0 ? "or" : "with"} ${address}${needed ? "" : ", if it is there"}`
    );
  });
}
