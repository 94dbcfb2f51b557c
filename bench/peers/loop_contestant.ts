/** open_clip in a plain loop: no server, no queue, the batches that a client of it would make. */
import { join } from "node:path";
import type { Modality } from "../../src/model/item.ts";
import { treeMemoryMiB } from "../process_cost.ts";
import { JsonProcess } from "../serving/json_process.ts";
import { Work } from "../serving/work.ts";
import type { Contestant, Load, Round } from "./contestant.ts";

const TEXTS = 2048;
const IMAGES = 16;

interface LoopTask {
  texts?: string[];
  images?: string[];
  batch: number;
  seconds: number;
}

type LoopAnswer = Round & { first: number[] };

/** The loop, running. */
export class LoopContestant implements Contestant {
  readonly name = "open_clip, a loop";
  readonly #process: JsonProcess;
  readonly #texts: string[];
  readonly #images: string[];
  readonly #folder: string;
  startSeconds = 0;

  private constructor(process: JsonProcess, work: Work, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.#texts = Array.from({ length: TEXTS }, (_, i) => work.text(i));
    this.#images = Array.from({ length: IMAGES }, (_, i) => join(folder, `${i}.jpg`));
  }

  /** Starts it; resolves when it has embedded a text. */
  static async start(
    command: readonly [string, ...string[]],
    env: Record<string, string>,
  ): Promise<LoopContestant> {
    const work = await Work.make();
    const folder = await Deno.makeTempDir({ prefix: "clipline-peers-" });
    for (let i = 0; i < IMAGES; i++) {
      await Deno.writeFile(join(folder, `${i}.jpg`), work.image(i));
    }
    const began = performance.now();
    const contestant = new LoopContestant(new JsonProcess(command, env), work, folder);
    await contestant.embed("text");
    contestant.startSeconds = (performance.now() - began) / 1000;
    return contestant;
  }

  /** Its batches are those of the requests; nobody waits beside them. */
  round({ modality, batch }: Load, seconds: number): Promise<Round> {
    return this.#ask(modality, batch, seconds);
  }

  async embed(modality: Modality): Promise<Float32Array> {
    return Float32Array.from((await this.#ask(modality, 1, 0)).first);
  }

  memoryMiB(): number {
    return treeMemoryMiB(this.#process.pid);
  }

  async stop(): Promise<void> {
    await this.#process.close();
    await Deno.remove(this.#folder, { recursive: true });
  }

  #ask(modality: Modality, batch: number, seconds: number): Promise<LoopAnswer> {
    const inputs = modality === "text" ? { texts: this.#texts } : { images: this.#images };
    const task: LoopTask = { ...inputs, batch, seconds };
    return this.#process.ask(task);
  }
}
