/** `model info`: what a checkpoint is, and what the catalog knows of a model. */
import type { CheckpointHints } from "../../checkpoint/facts.ts";
import { type CheckpointDescription, describeCheckpoint } from "../../checkpoint/describe.ts";
import type { Activation, ClipArchitecture } from "../../checkpoint/state_dict.ts";
import type { CheckpointPath } from "../../checkpoint/locate.ts";
import type { CatalogEntry } from "../../model/catalog/catalog.ts";
import { hintsOf } from "../../model/conversion.ts";
import { readProvenance } from "../../model/store/provenance.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import { type Presence, presenceOf } from "../../model/store/presence.ts";
import { formatBytes } from "../../model/store/sizes.ts";
import type { Console } from "./console.ts";
import { catalogFacts, catalogJson } from "./catalog_facts.ts";
import { readTarget } from "./target.ts";
import { type Fact, facts, VALUE_WIDTH, wrap } from "./text.ts";

/** Prints what is known. @throws {ClipError} for a word that means nothing, or a broken file. */
export async function showInfo(
  console: Console,
  word: string,
  options: { json: boolean },
): Promise<number> {
  const target = await readTarget(word, console);
  const entry = target.kind === "model" ? target.entry : undefined;
  const settings = readStoreSettings(console.env);
  const presence = entry === undefined ? undefined : await presenceOf(entry, settings);
  const path = target.kind === "path" ? target.path : presence && pathOf(presence);
  const hints: CheckpointHints = entry === undefined ? {} : hintsOf(entry);
  const checkpoint = path === undefined ? undefined : describeCheckpoint(path, hints);
  const downloadedFrom = await originsOf(path);
  if (options.json) {
    console.out(JSON.stringify(
      {
        model: entry === undefined ? null : catalogJson(entry),
        checkpoint: checkpoint ?? null,
        downloadedFrom: downloadedFrom ?? null,
      },
      null,
      2,
    ));
    return 0;
  }
  const lines: Fact[] = [
    ...(entry === undefined ? [] : catalogFacts(entry, settings)),
    ...(checkpoint === undefined
      ? [["Checkpoint", absence(entry, presence)] as const]
      : checkpointFacts(checkpoint, downloadedFrom)),
  ];
  const architecture = checkpoint?.architecture ?? entry?.architecture;
  if (architecture !== undefined) lines.push(...architectureFacts(architecture));
  for (const line of facts(lines)) console.out(line);
  return 0;
}

/** What is opened of a model that is in the caches. */
function pathOf({ checkpoints, images }: Presence): CheckpointPath | undefined {
  const path = checkpoints[0]?.path;
  if (path === undefined || images === undefined) return path;
  const image = images.checkpoints[0]?.path;
  return image === undefined ? undefined : { text: path, image };
}

/** Where the weights were downloaded from, as far as it was written down. */
async function originsOf(path: CheckpointPath | undefined): Promise<string | undefined> {
  const paths = path === undefined
    ? []
    : typeof path === "string"
    ? [path]
    : [path.text, path.image];
  const urls: string[] = [];
  for (const each of paths) {
    const url = (await readProvenance(each))?.url;
    if (url !== undefined) urls.push(url);
  }
  return urls.length === 0 ? undefined : urls.join("\n");
}

function absence(entry: CatalogEntry | undefined, presence: Presence | undefined): string {
  const lacking = presence?.lacking[0];
  const what = lacking === undefined
    ? "not here"
    : `"${lacking.place.path}" lacks ${lacking.what} beside it`;
  return `${what}; \`model pull ${entry?.name}\` gets it`;
}

function checkpointFacts(
  known: CheckpointDescription,
  downloadedFrom: string | undefined,
): Fact[] {
  const dtypes = Object.entries(known.dtypes).sort(([, a], [, b]) => b - a)
    .map(([dtype, count]) => `${dtype} ${(100 * count / known.parameters).toFixed(1)}%`);
  return [
    ["Checkpoint", known.files.join("\n")],
    ["Size", formatBytes(known.fileBytes) + (known.gzipped ? " (gzipped)" : "")],
    ["Format", `${known.format}, names of ${known.scheme}`],
    ["Parameters", `${known.parameters.toLocaleString("en")} in ${known.tensors} tensors`],
    ["Types", dtypes.join(", ")],
    ...(downloadedFrom === undefined ? [] : [["Downloaded", downloadedFrom] as const]),
    ...Object.entries(known.provenance).map(([name, value]) =>
      ["Provenance", wrap(`${name}: ${value}`, VALUE_WIDTH)] as const
    ),
    ...known.notes.map((note) => ["Note", wrap(note, VALUE_WIDTH)] as const),
  ];
}

/** Names of the activations, as papers have them. */
export const ACTIVATION_NAMES: Readonly<Record<Activation, string>> = {
  quick_gelu: "QuickGELU",
  gelu: "GELU",
  gelu_tanh: "GELU (tanh)",
  relu: "ReLU",
};

/** That of both towers, or each one's. */
function activations({ vision, text }: Pick<ClipArchitecture, "vision" | "text">): string {
  const ofText = ACTIVATION_NAMES[text.activation];
  if (vision.kind === "resnet" || vision.activation === text.activation) return ofText;
  return `${ACTIVATION_NAMES[vision.activation]} for images, ${ofText} for texts`;
}

/** The way from an image to the square that a model takes. */
function resizeText(resize: ClipArchitecture["resize"]): string {
  if (resize === undefined) return "bicubic, of the shorter side, then a crop";
  const { to, filter } = resize;
  if (to === null) return "none, then a crop";
  if ("width" in to) return `${filter}, squashed to ${to.width} x ${to.height}`;
  return "longest" in to
    ? `${filter}, of the longer side to ${to.longest}, the rest filled`
    : `${filter}, of the shorter side to ${to.shortest}, then a crop`;
}

function architectureFacts({ vision, text, ...rest }: ClipArchitecture): Fact[] {
  const list = (values: readonly number[]) => values.join(", ");
  return [
    ["Embedding", `${rest.embedDim} values`],
    ["Activation", activations({ vision, text })],
    [
      "Vision",
      vision.kind === "vit"
        ? `transformer: image ${vision.imageSize}, patch ${vision.patchSize}, width ` +
          `${vision.width}, ${vision.layers} layers, ${vision.heads} heads, MLP ${vision.mlpWidth}`
        : `ResNet: image ${vision.imageSize}, width ${vision.width}, blocks ` +
          `${list(vision.layers)}, ${vision.heads} pooling heads`,
    ],
    [
      "Text",
      `context ${text.contextLength}, vocabulary ${text.vocabSize}, width ${text.width}, ` +
      `${text.layers} layers,\n${text.heads} heads, MLP ${text.mlpWidth}`,
    ],
    ["Tokenizer", text.tokenizer.kind === "clip" ? "CLIP's own" : text.tokenizer.file],
    ["Resize", resizeText(rest.resize)],
    ["Mean", list(rest.mean)],
    ["Deviation", list(rest.std)],
  ];
}
