/** Which runtime a flow asks for, from the name of the Python module that it names. */
import { type RuntimeName, RUNTIMES } from "./executor_keys.ts";

/** The module's own name: `clip_torch` of `executors/clip_torch.py`. */
export function moduleName(module: string): string {
  return module.trim().replace(/\.py$/, "").split(/[/\\.]/).at(-1)!;
}

/**
 * The runtime that an entry of `py_modules` means: `executors/clip_torch.py` and
 * `clip_server.executors.clip_torch` are both torch; `undefined` if it is none of clip_server's.
 */
export function runtimeOfModule(module: string): RuntimeName | undefined {
  return RUNTIMES.find((runtime) => moduleName(module) === `clip_${runtime}`);
}

const HUB_NAMES: Readonly<Record<string, RuntimeName | undefined>> = {
  CLIPEncoder: "torch",
  CLIPTorchEncoder: "torch",
  CLIPOnnxEncoder: "onnx",
  CLIPTensorrtEncoder: "tensorrt",
};

/** How executors were published: `jinahub+docker://CLIPTorchEncoder/latest-gpu`, `jinaai://jina-ai/…`. */
const PUBLISHED =
  /^(?:jinahub|jinaai)(?:\+\w+)?:\/\/(?:[\w-]+\/)?((?:CLIP|AnnLite)\w+)(?:[/:@].*)?$/i;

/** The executor's own name in `uses:` when that is a text, whatever stands around it. */
export function nameOfUses(uses: string): string {
  return PUBLISHED.exec(uses.trim())?.[1] ?? uses;
}

/**
 * The runtime that `uses:` means when it is a text: `CLIPEncoder`, or the name under which
 * clip_server's executors were published; `undefined` for anything else.
 */
export function runtimeOfUses(uses: string): RuntimeName | undefined {
  const name = nameOfUses(uses);
  return Object.hasOwn(HUB_NAMES, name) ? HUB_NAMES[name] : undefined;
}
