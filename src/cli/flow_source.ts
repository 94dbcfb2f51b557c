/** The word on the command line that names a flow -> the file it means. */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ClipError } from "../errors.ts";
import type { FlowSource } from "../flow/load.ts";
import { didYouMean } from "../flow/suggest.ts";
import { MAX_FLOW_BYTES } from "../flow/yaml_tree.ts";

/** The flows that come with the server, in `flows/`. */
export const BUILT_IN_FLOWS = [
  "torch-flow.yml",
  "onnx-flow.yml",
  "tensorrt-flow.yml",
  "demo-flow.yml",
  "search-flow.yml",
] as const;

/** The flow that is served if none is named, as clip_server does it. */
export const DEFAULT_FLOW = "torch-flow.yml";

/**
 * The path of the flow that `name` means: a file of that name, or else the built-in flow, wherever
 * the working directory is.
 *
 * @throws {ClipError} Of kind `config`, in one line, if it is neither.
 */
export function resolveFlow(name: string): string {
  if (exists(name)) return name;
  if ((BUILT_IN_FLOWS as readonly string[]).includes(name)) {
    return fileURLToPath(new URL(`../../flows/${name}`, import.meta.url));
  }
  const near = didYouMean(name, BUILT_IN_FLOWS);
  const known = near === "" ? ` (${BUILT_IN_FLOWS.join(", ")})` : "";
  throw new ClipError(
    "config",
    `There is no flow '${name}'; expected the path of a Flow YAML or a built-in flow${known}${near}`,
    { name: "UsageError" },
  );
}

/** Whether there is anything of that name: `loadFlow` says what is wrong with a folder. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // It is there, or in the way, and cannot be looked at.
    return true;
  }
}

/** What somebody is told of whom a flow is awaited at a terminal. */
export const WAITING_FOR_FLOW =
  "Reading a Flow YAML from the terminal: end it with Ctrl-D on a line of its own";

/**
 * Reads a flow from a stream, as `-i` does from standard input.
 *
 * @throws {ClipError} Of kind `config` if it is too large or not UTF-8.
 */
export async function readFlowStream(stream: ReadableStream<Uint8Array>): Promise<FlowSource> {
  const name = "<stdin>";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MAX_FLOW_BYTES) {
      const message = `${name}: more than ${MAX_FLOW_BYTES} bytes; expected a Flow YAML`;
      throw new ClipError("config", message, { name: "UsageError" });
    }
    text += decodeUtf8(decoder, chunk, name);
  }
  return { text: text + decodeUtf8(decoder, undefined, name), name };
}

function decodeUtf8(decoder: TextDecoder, chunk: Uint8Array | undefined, name: string): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    const message = `${name}: not text in UTF-8; expected a Flow YAML in UTF-8`;
    throw new ClipError("config", message, { name: "UsageError" });
  }
}
