/**
 * A directory of ONNX files as `model_path` names it: clip-as-service's layout (`textual.onnx`,
 * `visual.onnx`, either perhaps as a `.zip` with its external data), the hub's (`text_model.onnx`,
 * `vision_model.onnx`, perhaps under `onnx/`), or one that this server converted.
 */
import { join } from "node:path";
import { ClipError } from "../errors.ts";

/** The files of a model. */
export interface OnnxFiles {
  /** An `.onnx` file, or a `.zip` that holds one. */
  textual: string;
  visual: string;
  /** Where files that describe the model are looked for, nearest first. */
  folders: readonly string[];
}

/** The folder in a directory in which the hub has its graphs. */
export const INNER_FOLDER = "onnx";

/** Names of the two graphs in each layout that occurs. */
const LAYOUTS: readonly { textual: string; visual: string }[] = [
  { textual: "textual", visual: "visual" },
  { textual: "text_model", visual: "vision_model" },
];

/**
 * Finds the two graphs.
 * @throws {ClipError} "config", telling what was looked for and what lies there.
 */
export function findOnnxFiles(directory: string): OnnxFiles {
  if (!isDirectory(directory)) {
    throw new ClipError(
      "config",
      `'${directory}' is no directory: with the onnx runtime 'model_path' names a directory with the two ONNX files`,
    );
  }
  const folders = [directory, join(directory, INNER_FOLDER)].filter(isDirectory);
  const found = graphsAmong(
    folders.map((folder) => [...Deno.readDirSync(folder)].map((entry) => entry.name)),
    directory,
  );
  const folder = folders[found.folder]!;
  return {
    textual: join(folder, found.textual),
    visual: join(folder, found.visual),
    folders: folder === directory ? [directory] : [folder, directory],
  };
}

/**
 * Which of the names in a directory, and in the folder `onnx` of it, are the two graphs.
 * @param folders the names in each.
 * @returns their names, and in which of the folders they are.
 * @throws {ClipError} "config", telling what was looked for and what lies there.
 */
export function graphsAmong(
  folders: readonly (readonly string[])[],
  directory: string,
): { folder: number; textual: string; visual: string } {
  for (const [folder, names] of folders.entries()) {
    for (const layout of LAYOUTS) {
      const textual = pick(names, layout.textual);
      const visual = pick(names, layout.visual);
      if (textual !== undefined && visual !== undefined) return { folder, textual, visual };
    }
  }
  throw notFound(directory, folders.flat());
}

function pick(names: readonly string[], stem: string): string | undefined {
  return [`${stem}.onnx`, `${stem}.zip`].find((name) => names.includes(name));
}

function notFound(directory: string, names: readonly string[]): ClipError {
  const there = names.filter((name) => /\.(onnx|zip)$/.test(name));
  const holds = there.length > 0 ? `it holds ${there.slice(0, 8).join(", ")}` : "it holds neither";
  const combined = there.includes("model.onnx")
    ? "; 'model.onnx' is a combined export of both towers, whose embeddings are normalised: put the separate files of the same model there"
    : "";
  return new ClipError(
    "config",
    `There is no CLIP model in '${directory}': wanted textual.onnx and visual.onnx, or text_model.onnx and vision_model.onnx (also under onnx/); ${holds}${combined}`,
  );
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
