/** What a model is called whose files the flow names, and no name. */
import { basename, dirname, resolve } from "node:path";

const ENDINGS =
  /(\.(safetensors|bin)\.index\.json|\.safetensors|\.onnx|\.pth|\.pt|\.bin|\.ckpt)(\.gz)?$/i;
/** Names that every model's file has: its folder says which it is. */
const GENERIC =
  /^(model|pytorch_model|open_clip_model|open_clip_pytorch_model|weights|checkpoint|textual|visual|text_model|vision_model|onnx|snapshots|[0-9a-f]{40})$/i;
/** A repository in the Hugging Face cache. */
const HUB = /^models--(.+?)--(.+)$/;

/**
 * The label of a `model_path`: the file's name without its ending, or that of the first folder above
 * it which says something. In the Hugging Face cache the repository's, `owner/name`.
 */
export function labelOfPath(path: string): string {
  const absolute = resolve(path);
  for (let at = absolute; at !== dirname(at); at = dirname(at)) {
    const stem = basename(at).replace(ENDINGS, "");
    const [, owner, repository] = HUB.exec(stem) ?? [];
    if (owner !== undefined) return `${owner}/${repository}`;
    if (stem !== "" && !GENERIC.test(stem)) return stem;
  }
  return basename(absolute);
}
