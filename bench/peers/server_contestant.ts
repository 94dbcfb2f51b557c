/** A server of ours or of a peer as a contestant: driven over its own wire by the bench's clients. */
import type { Modality } from "../../src/model/item.ts";
import { descendants, treeCpuSeconds, treeMemoryMiB } from "../process_cost.ts";
import type { ClientTask, StreamResult } from "../serving/client_step.ts";
import { allAnswered } from "../serving/context.ts";
import type { JsonProcess } from "../serving/json_process.ts";
import { openTransport } from "../serving/transport.ts";
import { type Protocol, Work } from "../serving/work.ts";
import type { Contestant, Load, Round } from "./contestant.ts";

/** How a server is started and reached. */
export interface ServerPlan {
  name: string;
  command: readonly [string, ...string[]];
  env: Record<string, string>;
  protocol: Protocol;
  /** host:port */
  address: string;
}

const START_TIMEOUT_MS = 240_000;
const ASK_AGAIN_MS = 100;
const STOP_TIMEOUT_MS = 20_000;
/** That the last answers of a round may take. */
const PATIENCE_SECONDS = 300;
/** Lines of a server's own output that are shown when it fails. */
const LAST_LINES = 12;

const work = await Work.make();
/** Inputs that no round before has used. */
let from = 0;

/** A running server. */
export class ServerContestant implements Contestant {
  readonly #plan: ServerPlan;
  readonly #child: Deno.ChildProcess;
  readonly #clients: JsonProcess;
  readonly #log: string;
  #ended = false;
  startSeconds = 0;

  private constructor(plan: ServerPlan, clients: JsonProcess, log: string) {
    this.#plan = plan;
    this.#clients = clients;
    this.#log = log;
    const [program, ...args] = plan.command;
    // A shell is what puts the output of all of a server's processes into one file.
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log, program, ...args],
      env: plan.env,
      stdin: "null",
    }).spawn();
    this.#child.status.then(() => this.#ended = true);
  }

  /** Starts it; resolves when it has answered with an embedding. */
  static async start(plan: ServerPlan, clients: JsonProcess): Promise<ServerContestant> {
    const began = performance.now();
    const contestant = new ServerContestant(plan, clients, await Deno.makeTempFile());
    try {
      while (true) {
        const answer = await contestant.#ask("text");
        if (answer) break;
        if (contestant.#ended) throw contestant.#failure("ended before it answered");
        if (performance.now() - began > START_TIMEOUT_MS) {
          throw contestant.#failure(`did not answer in ${START_TIMEOUT_MS / 1000} s`);
        }
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    } catch (error) {
      await contestant.stop();
      throw error;
    }
    contestant.startSeconds = (performance.now() - began) / 1000;
    return contestant;
  }

  get name(): string {
    return this.#plan.name;
  }

  async round({ modality, clients, batch }: Load, seconds: number): Promise<Round> {
    const { protocol, address } = this.#plan;
    const task: ClientTask = {
      protocol,
      address,
      streams: [{ modality, clients, batch }],
      seconds,
      from: from += 4099,
      finish: true,
      patience: PATIENCE_SECONDS,
    };
    const before = treeCpuSeconds(this.#child.pid);
    const began = performance.now();
    const results = await this.#clients.ask<StreamResult[]>(task);
    const after = treeCpuSeconds(this.#child.pid);
    const taken = (performance.now() - began) / 1000;
    if (this.#ended) throw this.#failure("ended under load");
    if (taken > seconds + PATIENCE_SECONDS) throw this.#failure("left requests without an answer");
    allAnswered(results);
    const [{ answered, latenciesMs }] = results as [StreamResult];
    return {
      items: answered * batch,
      seconds: taken,
      cpuSeconds: after - before,
      latenciesMs,
    };
  }

  async embed(modality: Modality): Promise<Float32Array> {
    const embedding = await this.#ask(modality);
    if (!embedding) throw this.#failure(`does not embed ${modality}s`);
    return embedding;
  }

  memoryMiB(): number {
    return treeMemoryMiB(this.#child.pid);
  }

  async stop(): Promise<void> {
    const family = descendants(this.#child.pid);
    if (!this.#ended) {
      // It may end between the look and the signal.
      try {
        this.#child.kill("SIGTERM");
      } catch { /* it has ended */ }
      const late = setTimeout(() => killAll(family), STOP_TIMEOUT_MS);
      await this.#child.status;
      clearTimeout(late);
      // Jina's first process does not wait for those that it has started.
      killAll(family.filter((pid) => pid !== this.#child.pid));
    }
    await Deno.remove(this.#log).catch(() => undefined);
  }

  async #ask(modality: Modality): Promise<Float32Array | undefined> {
    const { protocol, address } = this.#plan;
    const transport = openTransport(protocol, address);
    try {
      const answer = await transport.send(work.body(protocol, modality, 0, 1));
      return answer.outcome === "answered" ? answer.embeddings()[0] : undefined;
    } finally {
      transport.close();
    }
  }

  #failure(what: string): Error {
    const lines = Deno.readTextFileSync(this.#log).trimEnd().split("\n").slice(-LAST_LINES);
    return new Error(`${this.name} ${what}. Its last words:\n${lines.join("\n")}`);
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch { /* it has ended */ }
  }
}
