/**
 * A graph that is zipped together with its external data, as clip-as-service publishes its largest
 * models: unpacked beside the cache once, since ONNX Runtime reads plain files.
 */
import { basename, dirname, join } from "node:path";
import { FileSource } from "../checkpoint/containers/byte_source.ts";
import { ZipArchive } from "../checkpoint/containers/zip.ts";
import { ClipError } from "../errors.ts";
import { fileTrouble } from "../file_trouble.ts";
import { cacheDirectory } from "./store/settings.ts";

const CHUNK_BYTES = 16 * 2 ** 20;

/**
 * The `.onnx` file to open: `path` itself, or what a `.zip` holds, unpacked into the cache under a
 * name made from the archive's path, size and time.
 * @param cache Clipline's cache folder
 * @throws {ClipError} "model" if the archive is broken or holds no single graph.
 */
export async function unpackGraph(path: string, cache = cacheDirectory()): Promise<string> {
  if (!path.endsWith(".zip")) return path;
  const info = await Deno.stat(path);
  const identity = new TextEncoder().encode(
    `${await Deno.realPath(path)}\n${info.size}\n${info.mtime?.getTime()}`,
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", identity)).toHex();
  const directory = join(cache, "unpacked", digest.slice(0, 32));
  if (!await exists(directory)) await unpack(path, directory);
  const graphs = [...Deno.readDirSync(directory)].filter((entry) => entry.name.endsWith(".onnx"));
  if (graphs.length !== 1) {
    throw new ClipError("model", `${path} holds ${graphs.length} .onnx files: wanted one`);
  }
  return join(directory, graphs[0]!.name);
}

async function unpack(path: string, directory: string): Promise<void> {
  // A half-unpacked directory must never be found: it gets its name when it is whole.
  const work = `${directory}.${crypto.randomUUID()}`;
  await Deno.mkdir(work, { recursive: true }).catch((cause) => {
    throw new ClipError(
      "model",
      `Cannot write to the cache folder "${dirname(directory)}": ${fileTrouble(cause)}. ` +
        "Set CLIPLINE_CACHE to a folder that can be written to",
      { cause },
    );
  });
  const source = FileSource.open(path);
  try {
    const archive = new ZipArchive(source);
    for (const [name, member] of archive.members) {
      if (name.endsWith("/")) continue;
      if (name !== basename(name)) {
        throw new ClipError("model", `${path} holds '${name}': wanted plain file names`);
      }
      using file = await Deno.open(join(work, name), { write: true, createNew: true });
      const storage = archive.storage(member);
      for (let offset = 0; offset < member.size; offset += CHUNK_BYTES) {
        const chunk = storage.read(offset, Math.min(CHUNK_BYTES, member.size - offset));
        for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
      }
    }
    await Deno.rename(work, directory);
  } catch (thrown) {
    await Deno.remove(work, { recursive: true }).catch(() => undefined);
    if (!await exists(directory)) throw thrown;
  } finally {
    source.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
