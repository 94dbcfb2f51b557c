/** Whether `model_path` is of the kind that the flow's runtime reads. */
import { join } from "node:path";
import { ClipError } from "../errors.ts";
import { MANIFEST_NAME } from "../graph/manifest.ts";
import { INNER_FOLDER } from "../model/onnx_directory.ts";
import { type ModelFolder, namesIn as modelNames } from "../model/store/bucket/model_folder.ts";

const CHECKPOINT = /\.(pt|pth|bin|ckpt|safetensors)(\.gz)?$|\.index\.json(\.gz)?$/i;
const ONNX = /\.onnx$/i;

const WANTED = {
  checkpoint: "the torch runtime reads checkpoints (.pt, .pth, .bin, .ckpt, .safetensors, or a " +
    "directory with one)",
  onnx: "this runtime reads a directory of ONNX files",
};
const INSTEAD = {
  checkpoint: "for it write 'clip_server.executors.clip_torch' under 'py_modules'",
  onnx: "for it write 'clip_server.executors.clip_onnx' under 'py_modules'",
};

/**
 * Finds a model that was given to the wrong runtime. Anything else that may be wrong with the path
 * is left to whoever opens it.
 *
 * @param wanted what the runtime reads
 * @throws {ClipError} "config", with the runtime to use instead.
 */
export function checkModelPath(path: string, wanted: "checkpoint" | "onnx"): void {
  const info = statOf(path);
  if (info === undefined) return;
  if (!info.isDirectory) return checkModelFile(path, wanted);
  checkModelNames(path, namesIn(path), namesIn(join(path, INNER_FOLDER)), wanted);
}

function checkModelFile(path: string, wanted: "checkpoint" | "onnx"): void {
  if (wanted === "checkpoint" && ONNX.test(path)) {
    throw misfit(path, "is an ONNX file", wanted, "onnx", "; 'model_path' is its directory then");
  }
  if (wanted === "onnx" && ONNX.test(path)) {
    throw new ClipError(
      "config",
      `'${path}' is one ONNX file: 'model_path' names the directory that holds the two of a model`,
    );
  }
  if (wanted === "onnx" && CHECKPOINT.test(path)) {
    throw misfit(path, "is a checkpoint", wanted, "checkpoint");
  }
}

/** The same for what lies in a bucket. @throws {ClipError} "config", as above. */
export function checkModelFolder(folder: ModelFolder, wanted: "checkpoint" | "onnx"): void {
  const { address, file } = folder;
  if (file !== undefined) return checkModelFile(address, wanted);
  checkModelNames(address, modelNames(folder), modelNames(folder, INNER_FOLDER), wanted);
}

function checkModelNames(
  path: string,
  names: readonly string[],
  inner: readonly string[],
  wanted: "checkpoint" | "onnx",
): void {
  const graphs = [...names, ...inner].filter((name) => ONNX.test(name));
  const checkpoints = names.filter((name) => CHECKPOINT.test(name));
  if (wanted === "checkpoint" && checkpoints.length === 0) {
    if (names.includes(MANIFEST_NAME)) {
      throw misfit(path, "is a model that was converted already", wanted, "onnx");
    }
    if (graphs.length > 0) {
      throw misfit(path, `holds ONNX files (${listed(graphs)})`, wanted, "onnx");
    }
  }
  const zipped = names.some((name) => /\.zip$/i.test(name));
  if (wanted === "onnx" && graphs.length === 0 && !zipped && checkpoints.length > 0) {
    throw misfit(path, `holds a checkpoint (${listed(checkpoints)})`, wanted, "checkpoint");
  }
}

function misfit(
  path: string,
  what: string,
  wanted: "checkpoint" | "onnx",
  instead: "checkpoint" | "onnx",
  more = "",
): ClipError {
  return new ClipError(
    "config",
    `'${path}' ${what}, but ${WANTED[wanted]}: ${INSTEAD[instead]}${more}`,
  );
}

function listed(names: readonly string[]): string {
  return names.slice(0, 4).join(", ");
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch {
    return [];
  }
}
