/** What the rows of the serving bench share: the model, the baseline, the clients, the durations. */
import type { Modality } from "../../src/model/item.ts";
import type { BareAnswer, BareTask } from "./bare_step.ts";
import type { ClientTask, StreamResult } from "./client_step.ts";
import { JsonProcess } from "./json_process.ts";
import type { BenchModel, FlowSettings } from "./model.ts";
import { type Counters, Served } from "./served.ts";
import type { Protocol } from "./work.ts";

/** One line of the table. */
export interface Line {
  /** Number of the row in the bench's list. */
  row: number;
  what: string;
  ratio: number;
  /** What the ratio should be, such as `≥ 0.95`; empty where none is set. */
  target: string;
  /** The figures behind the ratio. */
  detail: string;
}

/** How long each part lasts, in seconds. */
export interface Durations {
  served: number;
  bare: number;
  /** Of rows that look at the tail of latencies. */
  tail: number;
  overload: number;
  repeats: number;
}

/** Durations of a measurement. */
export const FULL: Durations = { served: 5, bare: 2, tail: 20, overload: 30, repeats: 3 };

/** Durations that only show that all rows run. */
export const QUICK: Durations = { served: 1.5, bare: 0.5, tail: 2, overload: 3, repeats: 1 };

/** What a served measurement gives. */
export interface ServedRate {
  /** Items computed a second while the clients kept the load up. */
  perSecond: number;
  /** Share of the time in which the session computed. */
  busy: number;
  /** Items of a minibatch in the mean. */
  batch: number;
  /** CPU seconds of the server for a thousand items. */
  cpuSeconds: number;
  results: StreamResult[];
}

/** Time that a load is given to reach its steady state. */
const RAMP_S = 0.7;

/** A minibatch takes no longer than about this: what is counted begins and ends with one. */
const MINIBATCH_S: Record<Modality, number> = { text: 0.4, image: 2 };

/** How often the end of a minibatch is looked for. */
const LOOK_MS = 20;

/** Everything that a row needs. */
export class BenchContext {
  readonly model: BenchModel;
  readonly durations: Durations;
  readonly protocols: readonly Protocol[];
  readonly threads: number;
  readonly log: (text: string) => void;
  /** What of row 1 is measured: what has this in its description. */
  readonly only: string;
  #bare: JsonProcess | undefined;
  #clients: JsonProcess | undefined;
  #from = 0;

  constructor(
    model: BenchModel,
    durations: Durations,
    protocols: readonly Protocol[],
    threads: number,
    log: (text: string) => void,
    only = "",
  ) {
    this.model = model;
    this.durations = durations;
    this.protocols = protocols;
    this.threads = threads;
    this.log = log;
    this.only = only;
  }

  /** Starts the server with the bench's threads. */
  serve(settings: FlowSettings = {}): Promise<Served> {
    return Served.start(this.model, this.protocols, {
      ...settings,
      encoder: {
        minibatch_size: 32,
        num_worker_preprocess: 1,
        intra_op_num_threads: this.threads,
        ...settings.encoder,
      },
    });
  }

  /** Has a baseline open the sessions as the server does. */
  get opening(): BareTask {
    const { files, config } = this.model;
    return { do: "open", model: files, threads: this.threads, config };
  }

  /** Has the baseline do something. */
  async bare(task: BareTask): Promise<BareAnswer> {
    if (!this.#bare) {
      this.#bare = new JsonProcess(new URL("./bare_step.ts", import.meta.url));
      await this.#bare.ask(this.opening);
    }
    return await this.#bare.ask(task);
  }

  /** A stretch of the baseline with fresh inputs; `pauseMs` before each run if it is given. */
  bareRun(
    modality: Modality,
    batch: number,
    seconds = this.durations.bare,
    pauseMs = 0,
  ): Promise<BareAnswer> {
    return this.bare({ do: "run", modality, batch, from: this.#fresh(), seconds, pauseMs });
  }

  /** Has the clients do something. */
  clients(task: Omit<ClientTask, "from"> & { from?: number }): Promise<StreamResult[]> {
    this.#clients ??= new JsonProcess(new URL("./client_step.ts", import.meta.url));
    return this.#clients.ask({ from: this.#fresh(), ...task });
  }

  /** Keeps a load up and reads the server's counters at both ends of the time. */
  async served(
    server: Served,
    protocol: Protocol,
    modality: Modality,
    clients: number,
    batch: number,
    seconds = this.durations.served,
  ): Promise<ServedRate> {
    const load = this.clients({
      protocol,
      address: server.addresses[protocol]!,
      streams: [{ modality, batch, clients }],
      // The load outlives the time that is measured.
      seconds: RAMP_S + seconds + 2 * MINIBATCH_S[modality],
    });
    await new Promise((resolve) => setTimeout(resolve, RAMP_S * 1000));
    const before = await endOfMinibatch(server, modality);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = await endOfMinibatch(server, modality);
    const results = await load;
    return { ...rate(before, after, modality), results };
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    await this.#bare?.close();
    await this.#clients?.close();
  }

  /** Inputs that no stretch before has used. */
  #fresh(): number {
    return this.#from += 4099;
  }
}

/**
 * The counters when the next minibatch has ended: between two such moments whole minibatches are
 * computed, and one of 32 images more or less would be a sixth of what is counted in five seconds.
 */
async function endOfMinibatch(server: Served, modality: Modality): Promise<Counters> {
  const first = await server.counters();
  while (true) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = await server.counters();
    const over = now.at - first.at > MINIBATCH_S[modality] * 1000;
    if (over || now.batches[modality] > first.batches[modality]) return now;
  }
}

function rate(before: Counters, after: Counters, modality: Modality) {
  const seconds = (after.at - before.at) / 1000;
  const items = after.embeddings[modality] - before.embeddings[modality];
  const batches = after.batches[modality] - before.batches[modality];
  return {
    perSecond: items / seconds,
    busy: (after.busySeconds - before.busySeconds) / seconds,
    batch: items / Math.max(1, batches),
    cpuSeconds: 1000 * (after.cpuSeconds - before.cpuSeconds) / Math.max(1, items),
  };
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Fails the bench if a client got anything but right answers.
 * @throws {Error} with the first reasons
 */
export function allAnswered(results: readonly StreamResult[]): void {
  for (const { failed, refused, wrong, reasons } of results) {
    if (failed + refused + wrong === 0) continue;
    throw new Error(`${failed} failed, ${refused} refused, ${wrong} wrong: ${reasons.join("; ")}`);
  }
}
