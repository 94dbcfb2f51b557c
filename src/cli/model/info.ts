/** `model info`: what a checkpoint is, and what the catalog knows of a model. */
import type { CheckpointHints } from "../../checkpoint/facts.ts";
import { type CheckpointDescription, describeCheckpoint } from "../../checkpoint/describe.ts";
import type { Activation, ClipArchitecture } from "../../checkpoint/state_dict.ts";
import {
  type CatalogEntry,
  type CheckpointSource,
  spellingsOf,
} from "../../model/catalog/catalog.ts";
import { hintsOf } from "../../model/conversion.ts";
import { readProvenance } from "../../model/store/provenance.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import { presenceOf } from "../../model/store/presence.ts";
import { formatBytes } from "../../model/store/sizes.ts";
import { candidatesOf } from "../../model/store/weights.ts";
import type { Console } from "./console.ts";
import { readTarget } from "./target.ts";
import { facts, wrap } from "./text.ts";

type Fact = readonly [name: string, value: string];

/** What is left of 80 columns beside the names. */
const VALUE_WIDTH = 64;

/** Prints what is known. @throws {ClipError} for a word that means nothing, or a broken file. */
export async function showInfo(
  console: Console,
  word: string,
  options: { json: boolean },
): Promise<number> {
  const target = await readTarget(word);
  const entry = target.kind === "model" ? target.entry : undefined;
  const settings = readStoreSettings(console.env);
  const path = target.kind === "path"
    ? target.path
    : (await presenceOf(target.entry, settings)).checkpoints[0]?.path;
  const hints: CheckpointHints = entry === undefined ? {} : hintsOf(entry);
  const checkpoint = path === undefined ? undefined : describeCheckpoint(path, hints);
  const downloadedFrom = path === undefined ? undefined : (await readProvenance(path))?.url;
  if (options.json) {
    const model = entry === undefined ? null : {
      ...entry,
      aliases: spellingsOf(entry).filter((spelling) => spelling !== entry.name),
    };
    console.out(JSON.stringify(
      { model, checkpoint: checkpoint ?? null, downloadedFrom: downloadedFrom ?? null },
      null,
      2,
    ));
    return 0;
  }
  const lines: Fact[] = [
    ...(entry === undefined ? [] : catalogFacts(entry)),
    ...(checkpoint === undefined
      ? [["Checkpoint", `not here; \`model pull ${entry?.name}\` gets it`] as const]
      : checkpointFacts(checkpoint, downloadedFrom)),
  ];
  const architecture = checkpoint?.architecture ?? entry?.architecture;
  if (architecture !== undefined) lines.push(...architectureFacts(architecture));
  for (const line of facts(lines)) console.out(line);
  return 0;

  function catalogFacts(known: CatalogEntry): Fact[] {
    const aliases = spellingsOf(known).filter((spelling) => spelling !== known.name);
    return [
      ["Model", `${known.name} (${known.publisher})`],
      ["Also called", wrap(aliases.join(", "), VALUE_WIDTH)],
      ["Sources", known.checkpoints.map((source) => addresses(source)).join("\n")],
      ...known.notes.map((note) => ["Note", wrap(note, VALUE_WIDTH)] as const),
    ];
  }

  function addresses(source: CheckpointSource): string {
    return candidatesOf(source, settings).map(({ url }) => url).join("\n");
  }
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
    ["Mean", list(rest.mean)],
    ["Deviation", list(rest.std)],
  ];
}
