/**
 * The baseline: the graphs that the server runs, in a process that does nothing else. Inputs are
 * tokenized and decoded ahead; what is timed is `session.run()` and the copy into its input.
 */
import { ImageTransform } from "../../src/model/image.ts";
import { Tokenizer } from "../../src/model/tokenizer/tokenizer.ts";
import { type ModelFiles, type OpenedModel, openModel } from "../../src/runtime/model.ts";
import type { Modality } from "../../src/model/item.ts";
import { memory } from "../memory.ts";
import { serveTasks } from "./json_process.ts";
import { Work } from "./work.ts";

/** What the baseline does. */
export type BareTask =
  | { do: "open"; model: ModelFiles; threads: number; config: Record<string, string> }
  /** Minibatches of consecutive inputs, each as long as its longest text, for so many seconds. */
  | {
    do: "run";
    modality: Modality;
    batch: number;
    from: number;
    seconds: number;
    /** So many inputs instead, however long they take. */
    items?: number;
    /** A file with a text in each line, instead of the bench's own. */
    lines?: string;
    /** Time in which nothing happens before each run, as between the requests of one client. */
    pauseMs?: number;
  }
  /** Writes the embeddings of the first texts to a file, float32 `[count, dim]`. */
  | { do: "embed"; count: number; path: string };

/** What came of it. */
export interface BareAnswer {
  /** Of `open`: from the start of the process until both sessions are open. */
  openMs: number;
  /** Of `run`: items a second, and the time of each run. */
  perSecond: number;
  runsMs: number[];
  dim: number;
  residentMiB: number;
  peakMiB: number;
}

const DECODED = 64;

let model: OpenedModel;
let prepared: Promise<Prepared> | undefined;

class Prepared {
  readonly work: Work;
  readonly tokenizer = new Tokenizer();
  readonly pixels: Float32Array | Uint8Array;

  constructor(work: Work, pixels: Float32Array | Uint8Array) {
    this.work = work;
    this.pixels = pixels;
  }

  static async make(files: ModelFiles): Promise<Prepared> {
    const work = await Work.make();
    const { imageSize, pixelType } = model.shape;
    const plane = 3 * imageSize ** 2;
    const pixels = pixelType === "uint8"
      ? new Uint8Array(DECODED * plane)
      : new Float32Array(DECODED * plane);
    const transform = new ImageTransform({
      size: imageSize,
      mean: files.mean,
      std: files.std,
      layout: pixelType,
    });
    for (let i = 0; i < DECODED; i++) {
      await transform.transformInto(work.image(i), pixels.subarray(i * plane, (i + 1) * plane));
    }
    return new Prepared(work, pixels);
  }
}

async function run(
  task: Extract<BareTask, { do: "run" }>,
  inputs: Prepared,
): Promise<{ perSecond: number; runsMs: number[] }> {
  const { modality, from, seconds, items: count, pauseMs } = task;
  const lines = task.lines === undefined ? undefined : readLines(task.lines);
  const textAt = (index: number) => lines?.[index % lines.length] ?? inputs.work.text(from + index);
  const { contextLength } = model.shape;
  const runsMs: number[] = [];
  let [items, spent] = [0, 0];
  const goesOn = () =>
    count === undefined ? spent < seconds * 1000 || runsMs.length < 2 : items < count;
  while (goesOn()) {
    const batch = Math.min(task.batch, count === undefined ? Infinity : count - items);
    const slots = Array.from({ length: batch }, (_, i) => i);
    const ids = new Int32Array(batch * contextLength);
    const lengths = slots.map((slot) =>
      inputs.tokenizer.encodeInto(textAt(items + slot), ids, slot * contextLength)
    );
    if (pauseMs) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const start = performance.now();
    if (modality === "text") await model.embedTexts(ids, slots, lengths);
    else await model.embedImages(inputs.pixels, slots.map((slot) => (items + slot) % DECODED));
    const ms = performance.now() - start;
    runsMs.push(ms);
    spent += ms;
    items += batch;
  }
  return { perSecond: 1000 * items / runsMs.reduce((a, b) => a + b, 0), runsMs };
}

function readLines(path: string): string[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n");
}

async function embed(count: number, path: string, inputs: Prepared): Promise<void> {
  const { contextLength, embedDim } = model.shape;
  const all = new Float32Array(count * embedDim);
  for (let i = 0; i < count; i++) {
    const ids = new Int32Array(contextLength);
    const length = inputs.tokenizer.encodeInto(inputs.work.text(i), ids, 0);
    all.set((await model.embedTexts(ids, [0], [length])).data, i * embedDim);
  }
  await Deno.writeFile(path, new Uint8Array(all.buffer));
}

let files: ModelFiles;

async function serve(task: BareTask): Promise<BareAnswer> {
  const answer: BareAnswer = {
    openMs: 0,
    perSecond: 0,
    runsMs: [],
    dim: 0,
    residentMiB: 0,
    peakMiB: 0,
  };
  if (task.do === "open") {
    files = task.model;
    model = await openModel({ ...task, providers: [{ name: "cpu" }] });
    answer.openMs = performance.timeOrigin + performance.now() - processStart();
    await model.warmUp([1]);
  } else {
    const inputs = await (prepared ??= Prepared.make(files));
    if (task.do === "run") Object.assign(answer, await run(task, inputs));
    else await embed(task.count, task.path, inputs);
  }
  const { resident, peak } = memory();
  return { ...answer, dim: model.shape.embedDim, residentMiB: resident, peakMiB: peak };
}

/** When this process began, milliseconds since the epoch. */
function processStart(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  const uptime = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  return Date.now() - (uptime - ticks / 100) * 1000;
}

if (import.meta.main) await serveTasks(serve);
