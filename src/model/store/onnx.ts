/** A model's ready ONNX files: found in a cache, else downloaded where somebody publishes them. */
import { dirname, join } from "node:path";
import type { CatalogEntry, Digest } from "../catalog/catalog.ts";
import { CLIP_AS_SERVICE_HUB } from "../catalog/onnx_files.ts";
import { downloadFile } from "./download.ts";
import { RefusedError } from "./http.ts";
import { clipFolders, hubPlaces, onnxFolder, type Place } from "./layout.ts";
import { readProvenance, writeProvenance } from "./provenance.ts";
import type { StoreSettings } from "./settings.ts";
import { exclusively, findFile, openStore, type Store, type StoreOptions } from "./store.ts";
import { type Candidate, hubCandidate } from "./weights.ts";

/** Two ONNX graphs on disk. */
export interface ResolvedOnnx {
  kind: "onnx-directory";
  /** The folder that holds both. */
  path: string;
  textual: string;
  visual: string;
  /** For the log: the folder when they were there, the hub's address when downloaded. */
  source: string;
}

/** Where the two files of one export may lie together. */
export interface PairPlaces {
  textual: readonly Place[];
  visual: readonly Place[];
}

/** Graphs that are zipped with their external data are left to the checkpoint's conversion. */
function isGraph(file: string): boolean {
  return file.endsWith(".onnx");
}

/** Every place where a model's two ONNX files may lie, best first. */
export async function onnxPlaces(
  entry: CatalogEntry,
  settings: StoreSettings,
): Promise<PairPlaces[]> {
  const own = onnxFolder(entry, settings);
  const pairs: PairPlaces[] = [{
    // Files placed there by hand are the user's own choice: any hash will do.
    textual: [{ path: join(own, "textual.onnx"), digests: [], owner: "clipline" }],
    visual: [{ path: join(own, "visual.onnx"), digests: [], owner: "clipline" }],
  }];
  const { onnx, onnxHub } = entry;
  if (onnx !== undefined && isGraph(onnx.textual.file) && isGraph(onnx.visual.file)) {
    const [textualDigests, visualDigests] = [md5(onnx.textual.md5), md5(onnx.visual.md5)];
    for (const folder of clipFolders(entry)) {
      const place = (file: string, digests: readonly Digest[]): Place => ({
        path: join(settings.clipCache, folder, file),
        digests,
        owner: "other",
      });
      pairs.push({
        textual: [place(onnx.textual.file, textualDigests)],
        visual: [place(onnx.visual.file, visualDigests)],
      });
    }
    const inHub = async (file: string, digests: readonly Digest[]) =>
      (await hubPlaces(CLIP_AS_SERVICE_HUB, [`${onnx.folder}-${file}`], settings))
        .map((place) => ({ ...place, digests }));
    pairs.push({
      textual: await inHub(onnx.textual.file, textualDigests),
      visual: await inHub(onnx.visual.file, visualDigests),
    });
  }
  if (onnxHub !== undefined) {
    pairs.push({
      textual: await hubPlaces(onnxHub.repository, [onnxHub.textual], settings),
      visual: await hubPlaces(onnxHub.repository, [onnxHub.visual], settings),
    });
  }
  return pairs;
}

function md5(hex: string): readonly Digest[] {
  return [{ algorithm: "md5", hex }];
}

/** Both ONNX files of a model, from a cache; no connection is opened. */
export async function findOnnx(
  entry: CatalogEntry,
  options: StoreOptions = {},
): Promise<ResolvedOnnx | undefined> {
  return await findIn(entry, openStore(options));
}

async function findIn(entry: CatalogEntry, store: Store): Promise<ResolvedOnnx | undefined> {
  for (const pair of await onnxPlaces(entry, store.settings)) {
    const textual = await findFile(pair.textual, store);
    if (textual === undefined) continue;
    const visual = await findFile(pair.visual, store);
    if (visual === undefined) continue;
    const path = dirname(visual.path);
    return {
      kind: "onnx-directory",
      path,
      textual: textual.path,
      visual: visual.path,
      source: path,
    };
  }
  return undefined;
}

/** One published export. */
interface OnnxSource {
  textual: Candidate;
  visual: Candidate;
}

function sources(entry: CatalogEntry, store: Store): OnnxSource[] {
  const { settings } = store;
  const found: OnnxSource[] = [];
  const { onnx, onnxHub } = entry;
  if (onnx !== undefined && isGraph(onnx.textual.file) && isGraph(onnx.visual.file)) {
    const candidate = (file: string, hex: string): Candidate => ({
      ...hubCandidate(CLIP_AS_SERVICE_HUB, `${onnx.folder}-${file}`, settings),
      digests: md5(hex),
    });
    found.push({
      textual: candidate(onnx.textual.file, onnx.textual.md5),
      visual: candidate(onnx.visual.file, onnx.visual.md5),
    });
  }
  if (onnxHub !== undefined) {
    found.push({
      textual: hubCandidate(onnxHub.repository, onnxHub.textual, settings),
      visual: hubCandidate(onnxHub.repository, onnxHub.visual, settings),
    });
  }
  return found;
}

/**
 * A model's ready ONNX files from a cache or the hub, else `undefined`: then the caller converts
 * the checkpoint (`resolveWeights`).
 *
 * @throws {ClipError} `model` when the disk cannot take them.
 */
export async function resolveOnnx(
  entry: CatalogEntry,
  options: StoreOptions = {},
): Promise<ResolvedOnnx | undefined> {
  const store = openStore(options);
  const there = await findIn(entry, store);
  if (there !== undefined || !store.mayDownload) return there;
  const published = sources(entry, store);
  if (published.length === 0) return undefined;
  const folder = onnxFolder(entry, store.settings);
  return await exclusively(folder, store, `the ONNX files of "${entry.name}"`, async () => {
    const placed = await findIn(entry, store);
    if (placed !== undefined) return placed;
    for (const source of published) {
      const resolved = await download(source, folder, store);
      if (resolved === "unreachable") return undefined;
      if (resolved !== undefined) return resolved;
    }
    return undefined;
  });
}

async function download(
  source: OnnxSource,
  folder: string,
  store: Store,
): Promise<ResolvedOnnx | "unreachable" | undefined> {
  const paths: string[] = [];
  for (
    const [candidate, file] of [[source.textual, "textual.onnx"], [
      source.visual,
      "visual.onnx",
    ]] as const
  ) {
    const target = join(folder, file);
    try {
      if (await isKept(target, candidate, store)) {
        paths.push(target);
        continue;
      }
      const { digests, bytes } = await downloadFile({ ...candidate, target, name: file }, store);
      await store.memory.record(target, digests);
      await writeProvenance(target, { url: candidate.url, sha256: digests.sha256, bytes });
      paths.push(target);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // Half an export is none: the other half may come from somewhere else and not fit.
      for (const path of paths) await Deno.remove(path).catch(() => {});
      store.log(`${candidate.url}: ${error.message}`);
      return error.unreachable ? "unreachable" : undefined;
    }
  }
  const [textual, visual] = paths;
  if (textual === undefined || visual === undefined) return undefined;
  return { kind: "onnx-directory", path: folder, textual, visual, source: source.visual.url };
}

/** Whether an earlier, interrupted run has got this very file. */
async function isKept(target: string, { url, digests }: Candidate, store: Store): Promise<boolean> {
  if ((await readProvenance(target))?.url !== url) return false;
  return await findFile([{ path: target, digests, owner: "clipline" }], store) !== undefined;
}
