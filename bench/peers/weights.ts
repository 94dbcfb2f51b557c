/** The bench's checkpoint in the forms that the peers read: the same weights for all. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchModel } from "../serving/model.ts";
import { type Environments, output } from "./environment.ts";

/** Where each form lies. */
export interface PeerWeights {
  /** OpenAI's layout, as clip_server's torch runtime and open_clip read it. */
  checkpoint: string;
  /** clip_server's `textual.onnx` and `visual.onnx`. */
  onnx: string;
  /** A Hugging Face directory. */
  huggingFace: string;
  /** The home directory below which clip_server looks for what it has downloaded. */
  home: string;
}

/** Makes what is missing below `root`. */
export async function peerWeights(
  root: string,
  { checkpoint }: BenchModel,
  environments: Environments,
  log: (text: string) => void,
): Promise<PeerWeights> {
  const onnx = join(root, "onnx");
  const huggingFace = join(root, "hugging-face");
  const home = join(root, "home");
  const make = async (folder: string, environment: "clip_server" | "infinity", script: string) => {
    if (await Deno.stat(folder).catch(() => undefined)) return;
    log(`Writing ${folder}`);
    const part = `${folder}.part`;
    const python = environments.program(environment, "python");
    await output(python, [pythonFile(script), checkpoint, part], { HF_HUB_OFFLINE: "1" });
    await Deno.rename(part, folder);
  };
  await make(onnx, "clip_server", "onnx_files.py");
  await make(huggingFace, "infinity", "hugging_face_files.py");
  const downloads = join(home, ".cache", "clip");
  await Deno.mkdir(downloads, { recursive: true });
  const link = join(downloads, "ViT-B-32.pt");
  await Deno.remove(link).catch(() => undefined);
  await Deno.symlink(checkpoint, link);
  return { checkpoint, onnx, huggingFace, home };
}

/** The path of one of the Python files beside this. */
export function pythonFile(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}
