/** A model's checkpoint: found in a cache, else downloaded. */
import { basename, join } from "node:path";
import { ClipError } from "../../errors.ts";
import type { CatalogEntry, CheckpointSource } from "../catalog/catalog.ts";
import { describeDigests } from "./digest.ts";
import { type Candidate, fetchFile } from "./fetch_file.ts";
import { RefusedError } from "./http.ts";
import { checkpointFolder, checkpointPlaces, filesOf } from "./layout.ts";
import { mirrored, type StoreSettings } from "./settings.ts";
import { exclusively, findFile, openStore, type Store, type StoreOptions } from "./store.ts";

/** Weights on disk. */
export interface ResolvedWeights {
  kind: "checkpoint";
  path: string;
  /** Of the whole file: the key for everything made from it. */
  sha256: string;
  /** For the log: the file's path when it was there, the address when it was downloaded. */
  source: string;
}

/** The addresses of a source, with the mirror or the hub's endpoint put in. */
export function candidatesOf(source: CheckpointSource, settings: StoreSettings): Candidate[] {
  if (source.kind === "url") {
    return [{
      url: mirrored(source.url, settings.mirror),
      file: source.file,
      digests: source.digest === undefined ? [] : [source.digest],
    }];
  }
  return source.files.map((file) => hubCandidate(source.repository, file, settings));
}

/** The address of a file on the hub, or of its copy on the mirror. */
export function hubCandidate(
  repository: string,
  file: string,
  settings: StoreSettings,
): Candidate {
  const path = `${repository}/resolve/main/${file}`;
  if (settings.mirror !== undefined) {
    const url = mirrored(`https://huggingface.co/${path}`, settings.mirror);
    return { url, file: basename(file), digests: [] };
  }
  return {
    url: `${settings.hubEndpoint}/${path}`,
    file: basename(file),
    digests: [],
    ...(settings.hubToken === undefined ? {} : { token: settings.hubToken }),
  };
}

/** A checkpoint that lies in one of the caches and is right; no connection is opened. */
export async function findWeights(
  entry: CatalogEntry,
  options: StoreOptions = {},
): Promise<ResolvedWeights | undefined> {
  return await findIn(entry, openStore(options));
}

async function findIn(entry: CatalogEntry, store: Store): Promise<ResolvedWeights | undefined> {
  const found = await findFile(await checkpointPlaces(entry, store.settings), entry, store);
  if (found === undefined) return undefined;
  const { path, digests: { sha256 } } = found;
  return { kind: "checkpoint", path, sha256, source: path };
}

/**
 * The checkpoint of a model: from Clipline's cache, `~/.cache/clip` or the Hugging Face cache, else
 * downloaded from the first source that gives it. Processes that ask at once download once.
 *
 * @throws {ClipError} `unavailable` when no source can give it, with what to do by hand; `model`
 * when the disk cannot take it.
 */
export async function resolveWeights(
  entry: CatalogEntry,
  options: StoreOptions = {},
): Promise<ResolvedWeights> {
  const store = openStore(options);
  const there = await findIn(entry, store);
  if (there !== undefined) return there;
  if (!store.mayDownload) throw notFound(entry, store.settings, undefined);
  const folder = checkpointFolder(entry, store.settings);
  return await exclusively(folder, store, `the weights of "${entry.name}"`, async () => {
    // Whoever held the lock before has most likely downloaded it.
    return await findIn(entry, store) ?? await download(entry, folder, store);
  });
}

/** An address that did not give the file. */
interface Failure {
  url: string;
  reason: string;
}

async function download(
  entry: CatalogEntry,
  folder: string,
  store: Store,
): Promise<ResolvedWeights> {
  const failures: Failure[] = [];
  for (const source of entry.checkpoints) {
    for (const candidate of candidatesOf(source, store.settings)) {
      const target = join(folder, candidate.file);
      const last = failures.at(-1);
      if (last !== undefined) {
        store.log(`${last.url}: ${last.reason}; trying ${candidate.url}`);
      }
      try {
        const file = { path: target, role: "checkpoint", entry, name: candidate.file } as const;
        const { sha256 } = await fetchFile(candidate, file, store);
        return { kind: "checkpoint", path: target, sha256, source: candidate.url };
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        failures.push({ url: candidate.url, reason: error.message });
        if (error.unreachable) break;
      }
    }
  }
  throw notFound(entry, store.settings, failures);
}

function notFound(
  entry: CatalogEntry,
  settings: StoreSettings,
  failures: readonly Failure[] | undefined,
): ClipError {
  const preferred = entry.checkpoints[0];
  const file = preferred === undefined ? "" : basename(filesOf(preferred)[0] ?? "");
  const digests = preferred?.kind === "url" && preferred.digest !== undefined
    ? ` (${describeDigests([preferred.digest])})`
    : "";
  const address = preferred === undefined ? "" : candidatesOf(preferred, settings)[0]?.url ?? "";
  const lines = [
    `Cannot get the weights of "${entry.name}": they are in no cache, and ` +
    (failures === undefined ? "downloading is switched off" : "no source gave them"),
    ...(failures ?? []).map(({ url, reason }) => `  ${url}: ${reason}`),
    `  File:         ${file}${digests}`,
    `  From:         ${address}`,
    `  Put it at:    ${join(checkpointFolder(entry, settings), file)}`,
    "  Behind a proxy set HTTPS_PROXY; for a mirror set CLIPLINE_MIRROR or HF_ENDPOINT " +
    "(docs/models.md)",
    "  To try the server without weights: flows/demo-flow.yml needs none",
  ];
  return new ClipError("unavailable", lines.join("\n"));
}
