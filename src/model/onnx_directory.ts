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
  const folders = [directory, join(directory, "onnx")].filter(isDirectory);
  for (const folder of folders) {
    const names = new Set([...Deno.readDirSync(folder)].map((entry) => entry.name));
    for (const layout of LAYOUTS) {
      const textual = pick(names, layout.textual);
      const visual = pick(names, layout.visual);
      if (textual === undefined || visual === undefined) continue;
      const beside = folder === directory ? [directory] : [folder, directory];
      return { textual: join(folder, textual), visual: join(folder, visual), folders: beside };
    }
  }
  throw notFound(directory, folders);
}

function pick(names: ReadonlySet<string>, stem: string): string | undefined {
  return [`${stem}.onnx`, `${stem}.zip`].find((name) => names.has(name));
}

function notFound(directory: string, folders: readonly string[]): ClipError {
  const there = folders.flatMap((folder) =>
    [...Deno.readDirSync(folder)].filter((entry) => /\.(onnx|zip)$/.test(entry.name))
      .map((entry) => entry.name)
  );
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
