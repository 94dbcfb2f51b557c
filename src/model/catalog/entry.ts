/** What the catalog knows of a model: types only, no I/O. */
import type { Activation, ClipArchitecture } from "../../checkpoint/state_dict.ts";
import type { FamilyName, Licence } from "./families.ts";

/** A published hash of a file. */
export interface Digest {
  algorithm: "sha256" | "md5";
  /** Lower-case hexadecimal. A sha256 may be cut to its first digits (at least 8). */
  hex: string;
}

/**
 * What a file of a model is: its weights, one of its two ready graphs, the list of the files that
 * weights are split into, one of these, or a config or a tokenizer beside.
 */
export type FileRole = "checkpoint" | "textual" | "visual" | "index" | "shard" | "beside";

/** A config or a tokenizer, which is kept beside the weights under its own name. */
export interface FileBeside {
  /** Where it is published, best first: files of the same repository, or of another one. */
  from: readonly { repository?: string; file: string }[];
  /** Whether the model cannot do without; what else is published there is taken along. */
  needed: boolean;
}

/** Where a checkpoint is published. */
export type CheckpointSource =
  | {
    kind: "url";
    url: string;
    /** Name of the file on disk. */
    file: string;
    /** The publisher's hash; absent only where none is published. */
    digest?: Digest;
  }
  | {
    /** A repository of the Hugging Face hub, which gives each big file's sha256 itself. */
    kind: "hub";
    /** `owner/name`. */
    repository: string;
    /** Names to try, best first; one that ends in `.index.json` lists the files to get. */
    files: readonly string[];
    /** What else is to be got. */
    beside?: readonly FileBeside[];
  };

/** A checkpoint as other programs leave it in `~/.cache/clip`. */
export interface CachedCheckpoint {
  file: string;
  /** The file is right when any one of these agrees. */
  digests: readonly Digest[];
}

/** One of clip-as-service's ONNX files. */
export interface OnnxFile {
  /** `textual.onnx`, `visual.onnx`, or a zip of a graph and its external data. */
  file: string;
  md5: string;
}

/** clip-as-service's ONNX export of a model. */
export interface OnnxPair {
  /** Its folder in clip-as-service's bucket, also the name's first half on the hub. */
  folder: string;
  textual: OnnxFile;
  visual: OnnxFile;
}

/** An ONNX export on the hub in the layout of transformers.js. */
export interface OnnxHubExport {
  repository: string;
  textual: string;
  visual: string;
}

/** One model that a flow may name. */
export interface CatalogEntry {
  /** The name since clip-as-service 0.7, e.g. `ViT-B-32::openai`; of other models OpenCLIP's. */
  name: string;
  /** Its other names in clip_server and OpenCLIP, older ones first, and the hub repository. */
  aliases: readonly string[];
  family: FamilyName;
  publisher: string;
  /** What its texts may be in. */
  languages: string;
  licence?: Licence;
  architecture: ClipArchitecture;
  /** What clip-as-service computed with, where that is not what the weights were trained with. */
  clipAsServiceActivation?: Activation;
  /** Where the weights come from, in order of preference. */
  checkpoints: readonly CheckpointSource[];
  /** The model whose images this one's texts are compared with: `checkpoints` have texts alone. */
  images?: CatalogEntry;
  /** How the weights are called in `~/.cache/clip`. */
  cached: readonly CachedCheckpoint[];
  onnx?: OnnxPair;
  onnxHub?: OnnxHubExport;
  /** Sentences for the documentation and `model info`. */
  notes: readonly string[];
}

/** The folder name of a model: its name with `/` and `::` as `-`, as clip-as-service does. */
export function folderOf(name: string): string {
  return name.replaceAll("::", "-").replaceAll("/", "-");
}
