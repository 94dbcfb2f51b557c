/** A model's checkpoint, with all that is kept beside it: found in a cache, else downloaded. */
import { basename, join } from "node:path";
import type { CheckpointPath } from "../../checkpoint/locate.ts";
import { shardFiles } from "../../checkpoint/containers/shards.ts";
import { ClipError } from "../../errors.ts";
import type { CatalogEntry, CheckpointSource } from "../catalog/catalog.ts";
import { fetchBeside, lackingBeside, namesOf } from "./beside.ts";
import { candidatesOf, hubCandidate } from "./candidates.ts";
import { describeDigests } from "./digest.ts";
import { type Candidate, fetchFile } from "./fetch_file.ts";
import { RefusedError } from "./http.ts";
import {
  checkpointFolder,
  type CheckpointPlace,
  checkpointPlaces,
  filesOf,
  isIndex,
} from "./layout.ts";
import type { StoreSettings } from "./settings.ts";
import { lackingShard } from "./shards.ts";
import {
  exclusively,
  findFile,
  type FoundFile,
  openStore,
  type Store,
  type StoreOptions,
} from "./store.ts";

/** Weights on disk. */
export interface ResolvedWeights {
  kind: "checkpoint";
  /** The file; of weights that are split their index. */
  path: string;
  /** Of that whole file: the key for everything made from it. */
  sha256: string;
  /** For the log: the file's path when it was there, the address when it was downloaded. */
  source: string;
  /** The weights that images are computed with, where these are for texts alone. */
  images?: ResolvedWeights;
}

/** What to open. */
export function checkpointPath({ path, images }: ResolvedWeights): CheckpointPath {
  return images === undefined ? path : { text: path, image: images.path };
}

/** A checkpoint that lies in one of the caches and is right; no connection is opened. */
export async function findWeights(
  entry: CatalogEntry,
  options: StoreOptions = {},
): Promise<ResolvedWeights | undefined> {
  const found = (await search(entry, openStore(options))).whole;
  if (found === undefined || entry.images === undefined) return found;
  const images = await findWeights(entry.images, options);
  return images === undefined ? undefined : { ...found, images };
}

/** What a search comes to. */
interface Search {
  whole?: ResolvedWeights;
  /** The right weights in a folder of another program, which lacks something. */
  lacking?: CheckpointPlace;
}

async function search(entry: CatalogEntry, store: Store): Promise<Search> {
  let lacking: CheckpointPlace | undefined;
  let own = false;
  for (const place of await checkpointPlaces(entry, store.settings)) {
    const found = await findFile([place], entry, store);
    if (found === undefined) continue;
    const what = await lackingOf(place, entry, store);
    if (what === undefined) return { whole: resolved(found) };
    if (place.owner === "clipline") {
      own = true;
      continue;
    }
    store.log(`"${found.path}" cannot be used as it is: there is no right ${what} beside it`);
    if (place.role === "checkpoint" && !own) lacking ??= place;
  }
  return lacking === undefined ? {} : { lacking };
}

/** What a checkpoint lacks, by its name. */
async function lackingOf(
  place: CheckpointPlace,
  entry: CatalogEntry,
  store: Store,
): Promise<string | undefined> {
  const shard = place.role === "index" ? await lackingShard(place, entry, store) : undefined;
  return shard ?? await lackingBeside(place, entry, store);
}

function resolved({ path, digests: { sha256 } }: FoundFile): ResolvedWeights {
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
  const own = await resolveOwn(entry, openStore(options));
  if (entry.images === undefined) return own;
  return { ...own, images: await resolveWeights(entry.images, options) };
}

async function resolveOwn(entry: CatalogEntry, store: Store): Promise<ResolvedWeights> {
  const there = await search(entry, store);
  if (there.whole !== undefined) return there.whole;
  if (!store.mayDownload) throw notFound(entry, store.settings, undefined);
  const folder = checkpointFolder(entry, store.settings);
  return await exclusively(folder, store, `the weights of "${entry.name}"`, async () => {
    // Whoever held the lock before has most likely downloaded it.
    const { whole, lacking } = await search(entry, store);
    if (whole !== undefined) return whole;
    if (lacking !== undefined) await link(lacking, folder);
    return await download(entry, folder, store);
  });
}

/** Takes weights of another program's folder into an own one, where the rest can be put beside. */
async function link({ path, file }: CheckpointPlace, folder: string): Promise<void> {
  const target = join(folder, file);
  // Where no link can be made they are downloaded, and that says what is wrong.
  await Deno.mkdir(folder, { recursive: true }).catch(() => {});
  // What is there already was looked at before, and is not right.
  await Deno.remove(target).catch(() => {});
  await Deno.symlink(path, target).catch(() => {});
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
    const candidates = candidatesOf(source, store.settings);
    if (source.kind === "hub" && source.beside !== undefined) {
      try {
        await fetchBeside(source.beside, source.repository, folder, entry, store);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        failures.push({ url: candidates[0]?.url ?? source.repository, reason: error.message });
        continue;
      }
      // Weights may be there that lacked no more than that.
      const { whole } = await search(entry, store);
      if (whole !== undefined) return whole;
    }
    for (const candidate of candidates) {
      const last = failures.at(-1);
      if (last !== undefined) {
        store.log(`${last.url}: ${last.reason}; trying ${candidate.url}`);
      }
      try {
        return await fetchCheckpoint(candidate, source, folder, entry, store);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        failures.push({ url: candidate.url, reason: error.message });
        if (error.unreachable) break;
      }
    }
  }
  throw notFound(entry, store.settings, failures);
}

/** @throws {RefusedError} (http.ts) when the address does not give the file, or a part of it. */
async function fetchCheckpoint(
  candidate: Candidate,
  source: CheckpointSource,
  folder: string,
  entry: CatalogEntry,
  store: Store,
): Promise<ResolvedWeights> {
  const path = join(folder, candidate.file);
  const get = async (each: Candidate, role: "checkpoint" | "index" | "shard") => {
    const target = join(folder, each.file);
    const place = {
      path: target,
      role,
      digests: each.digests,
      published: each.digests.length > 0,
      owner: "clipline",
    } as const;
    const kept = await findFile([place], entry, store);
    if (kept !== undefined) return { ...kept.digests, source: target };
    const wanted = { path: target, role, entry, name: each.file };
    return { ...await fetchFile(each, wanted, store), source: each.url };
  };
  const index = isIndex(candidate.file);
  const { sha256, source: from } = await get(candidate, index ? "index" : "checkpoint");
  if (index && source.kind === "hub") {
    for (const shard of shardFiles(path)) {
      await get(hubCandidate(source.repository, basename(shard), store.settings), "shard");
    }
    const fault = store.inspect(path, "checkpoint", entry);
    if (fault !== undefined) throw new RefusedError(`gave files that do not fit: ${fault}`);
  }
  return { kind: "checkpoint", path, sha256, source: from };
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
    ...besideLines(preferred),
    "  Behind a proxy set HTTPS_PROXY; for a mirror set CLIPLINE_MIRROR or HF_ENDPOINT " +
    "(docs/models.md)",
    "  To try the server without weights: flows/demo-flow.yml needs none",
  ];
  return new ClipError("unavailable", lines.join("\n"));
}

function besideLines(source: CheckpointSource | undefined): string[] {
  if (source?.kind !== "hub") return [];
  const needed = (source.beside ?? []).filter((each) => each.needed);
  if (needed.length === 0) return [];
  return [`  And beside it: ${needed.map((each) => namesOf(each).join(" or ")).join(", ")}`];
}
