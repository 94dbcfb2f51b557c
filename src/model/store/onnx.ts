/** A model's ready ONNX files: found in a cache, else downloaded where somebody publishes them. */
import { dirname, extname, join } from "node:path";
import type { CatalogEntry, Digest } from "../catalog/catalog.ts";
import { CLIP_AS_SERVICE_HUB } from "../catalog/onnx_files.ts";
import { unpackGraph } from "../onnx_zip.ts";
import { fetchFile } from "./fetch_file.ts";
import { type Candidate } from "./fetch_file.ts";
import { RefusedError } from "./http.ts";
import { clipFolders, hubPlaces, onnxFolder, type Place } from "./layout.ts";
import { readProvenance } from "./provenance.ts";
import type { StoreSettings } from "./settings.ts";
import { exclusively, findFile, openStore, type Store, type StoreOptions } from "./store.ts";
import { hubCandidate } from "./candidates.ts";

/** Two ONNX graphs on disk. */
export interface ResolvedOnnx {
  kind: "onnx-directory";
  /** The folder that holds both as they were published. */
  path: string;
  /** The `.onnx` files; those that were zipped lie elsewhere, unpacked. */
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

/** Every place where a model's two ONNX files may lie, best first. */
export async function onnxPlaces(
  entry: CatalogEntry,
  settings: StoreSettings,
): Promise<PairPlaces[]> {
  const own = onnxFolder(entry, settings);
  const placed = (stem: "textual" | "visual"): Place[] =>
    [`${stem}.onnx`, `${stem}.zip`].map((file) => ({
      path: join(own, file),
      role: stem,
      // Files placed there by hand are the user's own choice: any hash will do.
      digests: [],
      published: false,
      owner: "clipline",
    }));
  const pairs: PairPlaces[] = [{ textual: placed("textual"), visual: placed("visual") }];
  const { onnx, onnxHub } = entry;
  if (onnx !== undefined) {
    const [textualDigests, visualDigests] = [md5(onnx.textual.md5), md5(onnx.visual.md5)];
    for (const folder of clipFolders(entry)) {
      const place = (role: "textual" | "visual", digests: readonly Digest[]): Place => ({
        path: join(settings.clipCache, folder, onnx[role].file),
        role,
        digests,
        published: true,
        owner: "other",
      });
      pairs.push({
        textual: [place("textual", textualDigests)],
        visual: [place("visual", visualDigests)],
      });
    }
    const inHub = async (role: "textual" | "visual", digests: readonly Digest[]) =>
      (await hubPlaces(
        CLIP_AS_SERVICE_HUB,
        [`${onnx.folder}-${onnx[role].file}`],
        () => role,
        settings,
      ))
        .map((place) => ({ ...place, digests, published: true }));
    pairs.push({
      textual: await inHub("textual", textualDigests),
      visual: await inHub("visual", visualDigests),
    });
  }
  if (onnxHub !== undefined) {
    pairs.push({
      textual: await hubPlaces(onnxHub.repository, [onnxHub.textual], () => "textual", settings),
      visual: await hubPlaces(onnxHub.repository, [onnxHub.visual], () => "visual", settings),
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
    const textual = await findFile(pair.textual, entry, store);
    if (textual === undefined) continue;
    const visual = await findFile(pair.visual, entry, store);
    if (visual === undefined) continue;
    return await resolved(textual.path, visual.path, dirname(visual.path), store);
  }
  return undefined;
}

/** Unpacks what is zipped with its external data. */
async function resolved(
  textual: string,
  visual: string,
  source: string,
  { settings }: Store,
): Promise<ResolvedOnnx> {
  return {
    kind: "onnx-directory",
    path: dirname(visual),
    textual: await unpackGraph(textual, settings.cache),
    visual: await unpackGraph(visual, settings.cache),
    source,
  };
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
  if (onnx !== undefined) {
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
      const found = await download(source, entry, folder, store);
      if (found === "unreachable") return undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

async function download(
  source: OnnxSource,
  entry: CatalogEntry,
  folder: string,
  store: Store,
): Promise<ResolvedOnnx | "unreachable" | undefined> {
  const paths: string[] = [];
  const halves = [[source.textual, "textual"], [source.visual, "visual"]] as const;
  for (const [candidate, stem] of halves) {
    const file = `${stem}${extname(candidate.file)}`;
    const target = join(folder, file);
    try {
      if (!await isKept(target, stem, candidate, entry, store)) {
        await fetchFile(candidate, { path: target, role: stem, entry, name: file }, store);
      }
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
  return await resolved(textual, visual, source.visual.url, store);
}

/** Whether an earlier, interrupted run has got this very file. */
async function isKept(
  path: string,
  role: "textual" | "visual",
  { url, digests }: Candidate,
  entry: CatalogEntry,
  store: Store,
): Promise<boolean> {
  if ((await readProvenance(path))?.url !== url) return false;
  const place: Place = { path, role, digests, published: digests.length > 0, owner: "clipline" };
  return await findFile([place], entry, store) !== undefined;
}
