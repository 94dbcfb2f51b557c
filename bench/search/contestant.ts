/** Those who are measured: each a process of its own that is told tasks, line by line. */
import { JsonProcess } from "../serving/json_process.ts";
import { processCost } from "../process_cost.ts";
import type { Below } from "./columns.ts";
import type { DataFiles } from "./data_files.ts";
import type {
  InsertAnswer,
  InsertTask,
  OpenAnswer,
  SearchAnswer,
  SearchTask,
  Task,
} from "./tasks.ts";

/** How a contestant is started, and what is known of it. */
export interface Plan {
  name: string;
  /** A step's module, or a command line. */
  step: URL | readonly [string, ...string[]];
  /** Where its files are to lie. */
  folder: string;
  /** Of its database, if it has one. */
  url?: string;
  /** Requests that write at a time; 1 where the contestant itself takes one after the other. */
  writers: number;
  /** Bytes that are kept on disk. */
  diskBytes: () => Promise<number>;
  /** Bytes that are resident elsewhere than in the step's own process. */
  elsewhereBytes?: () => Promise<number>;
}

/** A running contestant. */
export class Contestant {
  readonly #process: JsonProcess;
  readonly #plan: Plan;
  readonly #files: DataFiles;
  readonly #count: number;
  #emptyBytes = 0;

  constructor(plan: Plan, files: DataFiles, count: number) {
    this.#process = new JsonProcess(plan.step);
    this.#plan = plan;
    this.#files = files;
    this.#count = count;
  }

  /** Opens; what it holds from now on is counted from here. */
  async open(): Promise<OpenAnswer> {
    // Loads its modules: an answer comes when all is ready for the first task.
    await this.#process.ask({ operation: "ready" } satisfies Task);
    this.#emptyBytes = await this.#resident();
    const { folder, url } = this.#plan;
    const task: Task = {
      operation: "open",
      ...this.#files,
      count: this.#count,
      folder,
      ...(url !== undefined && { url }),
    };
    return await this.#process.ask<OpenAnswer>(task);
  }

  /** Writes all documents. */
  insert(options: Pick<InsertTask, "batch" | "seconds">): Promise<InsertAnswer> {
    const { writers } = this.#plan;
    const task: Task = {
      operation: "insert",
      ...this.#files,
      count: this.#count,
      writers,
      ...options,
    };
    return this.#process.ask<InsertAnswer>(task);
  }

  /** Milliseconds until nothing is left to be done. */
  async settle(): Promise<number> {
    return (await this.#process.ask<{ ms: number }>({ operation: "settle" } satisfies Task)).ms;
  }

  /** Searches. */
  search(
    options: Pick<SearchTask, "searches" | "clients" | "seconds" | "filter">,
  ): Promise<SearchAnswer> {
    const task: Task = { operation: "search", ...this.#files, ...options };
    return this.#process.ask<SearchAnswer>(task);
  }

  /** Numbers of the nearest documents of every query, by filter: exact search can tell. */
  async nearest(filters: readonly (Below | undefined)[]): Promise<number[][][]> {
    const task: Task = {
      operation: "nearest",
      ...this.#files,
      filters: filters.map((filter) => filter ?? null),
    };
    return (await this.#process.ask<{ nearest: number[][][] }>(task)).nearest;
  }

  /** Bytes that are resident more than before it was opened, its database included. */
  async heldBytes(): Promise<number> {
    const elsewhere = await this.#plan.elsewhereBytes?.() ?? 0;
    return await this.#resident() - this.#emptyBytes + elsewhere;
  }

  /** CPU seconds so far. */
  get cpuSeconds(): number {
    return processCost(this.#process.pid).total;
  }

  /** Ends it as a machine that loses its power. */
  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.close();
  }

  /** Ends it as a server that is stopped. */
  async close(): Promise<void> {
    await this.#process.ask({ operation: "close" } satisfies Task);
    await this.#process.close();
  }

  async #resident(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#process.pid}/status`);
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  }
}

/** Bytes of all files below a folder. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    bytes += entry.isDirectory ? await folderBytes(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}
