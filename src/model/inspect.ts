/**
 * A look into files that nobody published a hash of: whether they can be what the catalog calls them.
 * Headers are read, weights are not.
 */
import { describeCheckpoint } from "../checkpoint/describe.ts";
import { readJsonFile } from "../checkpoint/configs/json_file.ts";
import { openContainer } from "../checkpoint/containers/container.ts";
import { shardFiles } from "../checkpoint/containers/shards.ts";
import { type CheckpointHints, hintsFromArchitecture } from "../checkpoint/facts.ts";
import { describeTextTower } from "../checkpoint/open.ts";
import { FileSource } from "../checkpoint/containers/byte_source.ts";
import { ZipArchive } from "../checkpoint/containers/zip.ts";
import type { VisionArchitecture } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";
import type { CatalogEntry, FileRole } from "./catalog/entry.ts";
import { misfits } from "./catalog/misfits.ts";
import { readOnnxOutline } from "./onnx_outline.ts";

/** Why a file cannot be that of a model, or nothing if it can. */
export type Inspect = (path: string, role: FileRole, entry: CatalogEntry) => string | undefined;

/** Looks into a file. Nothing is thrown for what is in it. */
export const inspectFile: Inspect = (path, role, entry) => {
  try {
    if (role === "checkpoint") return checkpointFault(path, entry);
    if (role === "index") return void shardFiles(path);
    if (role === "shard") return void openContainer(path).close();
    if (role === "beside") return besideFault(path);
    return isZip(path) ? zipFault(path) : graphFault(path, role, entry);
  } catch (error) {
    if (error instanceof ClipError) return error.message;
    throw error;
  }
};

function checkpointFault(path: string, entry: CatalogEntry): string | undefined {
  const { architecture, images } = entry;
  const hints = withoutHeads(hintsFromArchitecture(architecture, entry.name));
  const found = images === undefined
    ? describeCheckpoint(path, hints).architecture
    : { ...architecture, ...describeTextTower(path, architecture, hints) };
  const faults = misfits(architecture, found);
  return faults.length === 0 ? undefined : `it is another model: it has ${faults.join(", ")}`;
}

/** Heads are no size: that they do not fit another model's width says less than that it has another. */
function withoutHeads({ vision, text, ...rest }: CheckpointHints): CheckpointHints {
  const { headWidth: _v, ...ofImages } = vision ?? {};
  const { headWidth: _t, ...ofTexts } = text ?? {};
  return { ...rest, vision: ofImages, text: ofTexts };
}

/** Tokenizers of a million entries have 30 MB. */
const MAX_BESIDE_BYTES = 256 * 1024 * 1024;

/** What a config or tokenizer cannot be, whatever is in it. */
function besideFault(path: string): string | undefined {
  const { size } = Deno.statSync(path);
  if (size === 0) return "it is empty";
  if (size > MAX_BESIDE_BYTES) return `it has ${size} bytes, at most ${MAX_BESIDE_BYTES} are read`;
  // A download has its own ending until it is whole.
  if (path.replace(/\.part$/, "").endsWith(".json")) {
    return readJsonFile(path) === undefined ? "it is no JSON object" : undefined;
  }
  const source = FileSource.open(path);
  try {
    const head = new TextDecoder().decode(source.read(0, Math.min(size, 64)));
    return /^\s*<|^version https:\/\/git-lfs/.test(head)
      ? "it is a web page or a Git LFS pointer"
      : undefined;
  } finally {
    source.close();
  }
}

/** By content: what is being downloaded has another name yet. */
function isZip(path: string): boolean {
  const source = FileSource.open(path);
  try {
    return source.size > 3 && new DataView(source.read(0, 4).buffer).getUint32(0) === 0x504b0304;
  } finally {
    source.close();
  }
}

/** A zip's graph has its weights beside it; that the archive is whole is what can be seen here. */
function zipFault(path: string): string | undefined {
  const source = FileSource.open(path);
  try {
    const graphs = [...new ZipArchive(source).members.keys()].filter((name) =>
      name.endsWith(".onnx")
    );
    return graphs.length === 1 ? undefined : `it holds ${graphs.length} .onnx files: wanted one`;
  } finally {
    source.close();
  }
}

function graphFault(
  path: string,
  role: "textual" | "visual",
  { architecture: { text, vision, embedDim } }: CatalogEntry,
): string | undefined {
  const { initializers, outputs } = readOnnxOutline(path);
  const wanted = role === "textual" ? [text.vocabSize, text.width] : firstConvolution(vision);
  const what = role === "textual" ? "embedding table" : "first convolution";
  const shapes = [...initializers.values()];
  if (!shapes.some((shape) => `${shape}` === `${wanted}`)) {
    return `it is another model: it has no ${what} of shape [${wanted.join(", ")}]`;
  }
  // An export may leave the width open, and may have other outputs beside the embedding.
  const widths = [...outputs.values()].filter((dims) => dims.length === 2).map((dims) => dims[1]);
  const closed = widths.length > 0 && widths.every((width) => width !== undefined);
  return closed && !widths.includes(embedDim)
    ? `it is another model: its embeddings have ${widths[0]} dimensions instead of ${embedDim}`
    : undefined;
}

function firstConvolution(vision: VisionArchitecture): number[] {
  return vision.kind === "vit"
    ? [vision.width, 3, vision.patchSize, vision.patchSize]
    : [vision.width / 2, 3, 3, 3];
}
