/** Which of a model's files in a bucket are needed: the others stay there. */
import { CONFIG_FILES } from "../../../checkpoint/configs/beside.ts";
import { TOKENIZER_FILES } from "../../../checkpoint/configs/tokenizer_files.ts";
import { IMAGE_PART, isShardIndex, TEXT_PART, weightsAmong } from "../../../checkpoint/locate.ts";
import { ClipError } from "../../../errors.ts";
import { MANIFEST_NAME } from "../../../graph/manifest.ts";
import { graphsAmong, INNER_FOLDER } from "../../onnx_directory.ts";
import { type ModelFolder, namesIn } from "./model_folder.ts";

/** What a runtime reads. */
export type ModelKind = "checkpoint" | "onnx";

/** Files that describe a model. */
const BESIDE = new Set<string>([...CONFIG_FILES, ...TOKENIZER_FILES]);

/** The largest list of shards that is read, bytes. */
const MOST_INDEX_BYTES = 64 << 20;

/**
 * The paths of the files, in order.
 * @throws {ClipError} "config" if there is no model of that kind, or no telling which.
 */
export async function neededFiles(
  folder: ModelFolder,
  kind: ModelKind,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const needed = kind === "onnx" ? graphFiles(folder) : await checkpointFiles(folder, signal);
  return [...new Set(needed)].sort();
}

async function checkpointFiles(
  folder: ModelFolder,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  if (folder.file !== undefined) return await withBeside(folder, "", folder.file, signal);
  const parts = [TEXT_PART, IMAGE_PART];
  const isPaired = parts.every((part) => namesIn(folder, part).length > 0);
  const files: string[] = [];
  for (const part of isPaired ? parts : [""]) {
    const shown = part === "" ? folder.address : `${folder.address}/${part}`;
    const weights = weightsAmong(namesIn(folder, part), shown);
    files.push(...await withBeside(folder, part, weights, signal));
  }
  return files;
}

async function withBeside(
  folder: ModelFolder,
  part: string,
  weights: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const start = part === "" ? "" : `${part}/`;
  const files = [weights, ...namesIn(folder, part).filter((name) => BESIDE.has(name))];
  if (isShardIndex(weights)) files.push(...await shardsOf(folder, start + weights, signal));
  return files.map((name) => start + name);
}

/** The shards that an index names; those that are not there are missed by who opens it. */
async function shardsOf(
  { store, address, files }: ModelFolder,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { key, bytes, etag } = files.get(path)!;
  const fail = (why: string) => new ClipError("model", `'${address}/${path}' is broken: ${why}`);
  if (bytes > MOST_INDEX_BYTES) throw fail(`it is larger than ${MOST_INDEX_BYTES} bytes`);
  let stream: ReadableStream<Uint8Array<ArrayBuffer>> = store.read(key, { etag }, signal);
  if (path.endsWith(".gz")) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  let map: unknown;
  try {
    map = JSON.parse(await new Response(stream).text())?.weight_map;
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw fail("it is no JSON");
  }
  if (typeof map !== "object" || map === null) throw fail("its 'weight_map' is missing");
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return Object.values(map).filter((name): name is string =>
    typeof name === "string" && files.has(folder + name)
  );
}

function graphFiles(folder: ModelFolder): string[] {
  const names = namesIn(folder);
  // What was converted has nothing else beside it.
  if (names.includes(MANIFEST_NAME)) return names;
  const found = graphsAmong([names, namesIn(folder, INNER_FOLDER)], folder.address);
  const part = found.folder === 0 ? "" : INNER_FOLDER;
  const start = part === "" ? "" : `${part}/`;
  const graphs = [found.textual, found.visual].flatMap((graph) =>
    [graph, ...weightsOfGraph(graph, namesIn(folder, part))].map((name) => start + name)
  );
  const beside = ["", INNER_FOLDER].flatMap((each) =>
    namesIn(folder, each).filter((name) => BESIDE.has(name))
      .map((name) => each === "" ? name : `${each}/${name}`)
  );
  return [...graphs, ...beside];
}

/** Weights outside of a graph are called after it: `textual.onnx.data`, `text_model.onnx_data`. */
function weightsOfGraph(graph: string, names: readonly string[]): string[] {
  const stem = graph.replace(/\.(onnx|zip)$/, "");
  return names.filter((name) => name.startsWith(`${stem}.`) && !/\.(onnx|zip)$/.test(name));
}
