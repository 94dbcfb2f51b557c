/** A step of `search.ts`: an index of ours alone in its process, so that its memory is its own. */
import { join } from "node:path";
import type { IndexEngine, IndexEntry } from "../../src/index/engine.ts";
import type { IndexSettings } from "../../src/flow/config.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import type { openEmbeddedIndex } from "../../src/index/embedded/open.ts";
import type { openPostgresIndex } from "../../src/index/postgres/open.ts";
import { serveTasks } from "../serving/json_process.ts";
import { asFilter, COLUMNS, columnValues } from "./columns.ts";
import { QUERIES, VectorFile } from "./data_files.ts";
import { DIMENSIONS } from "./mixture.ts";
import {
  type InsertAnswer,
  type InsertTask,
  LIMIT,
  type OpenAnswer,
  type OpenTask,
  type SearchAnswer,
  type SearchTask,
  type Task,
} from "./tasks.ts";

const WORKER = new URL("../../workers/index.ts", import.meta.url);
/** How often it is looked whether all is done, and for how long, in milliseconds. */
const LOOK_MS = 50;
/** Bytes of an answer. */
const MAX_BYTES = 2 ** 28;

/** The settings of a flow that says nothing of them. */
const SETTINGS: IndexSettings = {
  dimensions: DIMENSIONS,
  metric: "cosine",
  limit: LIMIT,
  includeMetadata: true,
  columns: COLUMNS,
  indexAccessPaths: "@r",
  searchAccessPaths: "@r",
  efConstruction: 200,
  efSearch: 128,
  maxConnection: 16,
  maxQueue: 10_000,
};

const { signal } = new AbortController();
let engine: IndexEngine;

/** Only what is measured is loaded: it counts as its memory. */
const openEmbedded: typeof openEmbeddedIndex = async (options) =>
  (await import("../../src/index/embedded/open.ts")).openEmbeddedIndex(options);
const openPostgres: typeof openPostgresIndex = async (options) =>
  (await import("../../src/index/postgres/open.ts")).openPostgresIndex(options);

async function open({ folder, url }: OpenTask): Promise<OpenAnswer> {
  const start = performance.now();
  const shape = { dimensions: DIMENSIONS, metric: "cosine", columns: COLUMNS } as const;
  const common = { shape, settings: SETTINGS, log: SILENT_LOG, signal };
  engine = url === undefined
    ? await openEmbedded({ ...common, folder: join(folder, "index"), workerUrl: WORKER.href })
    : await openPostgres({ ...common, url, table: "bench", poolSize: 16 });
  const ms = performance.now() - start;
  return { ms, documents: (await engine.status(signal)).documents };
}

async function insert(task: InsertTask): Promise<InsertAnswer> {
  const vectors = new VectorFile(task.documents);
  const centres = new Uint32Array((await Deno.readFile(task.centres)).buffer);
  const start = performance.now();
  let [taken, inserted] = [0, 0];
  const writer = async () => {
    while (taken < task.count && performance.now() - start < 1000 * task.seconds) {
      const from = taken;
      taken += task.batch;
      const entries = vectors.rows(from, Math.min(task.batch, task.count - from))
        .map((embedding, i) => entry(from + i, embedding, centres[from + i]!));
      await engine.put(entries, signal);
      inserted += entries.length;
    }
  };
  await Promise.all(Array.from({ length: task.writers }, writer));
  return { ms: performance.now() - start, inserted };
}

function entry(number: number, embedding: Float32Array, centre: number): IndexEntry {
  const document = new TextEncoder().encode(`{"text":"picture ${number}"}`);
  return { id: String(number), embedding, columns: columnValues(number, centre), document };
}

async function settle(): Promise<{ ms: number }> {
  const start = performance.now();
  while ((await engine.status(signal)).pending > 0) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { ms: performance.now() - start };
}

async function search(task: SearchTask): Promise<SearchAnswer> {
  const every = new VectorFile(task.queries).rows(0, QUERIES).slice(0, task.searches);
  const filter = task.filter && asFilter(task.filter);
  const answer: SearchAnswer = { latenciesMs: [], hits: [], seconds: 0 };
  const began = performance.now();
  let taken = 0;
  const client = async () => {
    while (taken < every.length && performance.now() - began < 1000 * task.seconds) {
      const number = taken++;
      const start = performance.now();
      const [hits] = await engine.search({
        queries: every[number]!,
        limit: LIMIT,
        documents: true,
        maxBytes: MAX_BYTES,
        ...(filter && { filter }),
      }, signal);
      answer.latenciesMs.push(performance.now() - start);
      answer.hits[number] = hits!.map(({ id }) => Number(id));
    }
  };
  await Promise.all(Array.from({ length: task.clients }, client));
  answer.seconds = (performance.now() - began) / 1000;
  return answer;
}

if (import.meta.main) {
  await serveTasks<Task>(async (task) => {
    switch (task.operation) {
      case "ready":
        return {};
      case "open":
        return await open(task);
      case "insert":
        return await insert(task);
      case "settle":
        return await settle();
      case "search":
        return await search(task);
      case "nearest":
        throw new Error("An index is not asked for the truth");
      case "close":
        await engine.close();
        return {};
    }
  });
}
