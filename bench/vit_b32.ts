// deno-lint-ignore-file no-console -- a command-line program
/**
 * What graphs of our own are worth, on ViT-B/32 with seeded random weights, all in one run:
 *
 * - texts: captions cut to their length, through our free-length graph, against the same captions
 *   at 77 tokens each, as graphs with a fixed length need them (both by the same engine);
 * - images: fp32 against int8;
 * - start: the first (hash, convert, load), the second, and with the converted files alone;
 * - memory: the server's replica against a bare ONNX Runtime session of the same graphs.
 *
 *     deno run -A bench/vit_b32.ts
 */
import "../src/runtime/telemetry_off.ts";
import { cpus } from "node:os";
import { join } from "node:path";
import { env } from "onnxruntime-node";
import { findModel } from "../src/model/catalog/catalog.ts";
import { median } from "./embedding.ts";
import type { Memory } from "./memory.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import { runStep } from "./step.ts";
import type { BareTask } from "./vit_b32_bare_step.ts";
import type { CompareAnswer, CompareTask } from "./vit_b32_compare_step.ts";
import type { ExecutorAnswer, ExecutorTask } from "./vit_b32_executor_step.ts";

const NAME = "ViT-B-32::openai";
const BARE = new URL("./vit_b32_bare_step.ts", import.meta.url);
const COMPARE = new URL("./vit_b32_compare_step.ts", import.meta.url);
const EXECUTOR = new URL("./vit_b32_executor_step.ts", import.meta.url);
/** Starts of each kind; the median counts. */
const STARTS = 3;
const MINIBATCH = 32;

function print(rows: readonly (readonly [string, ...(string | number)[]])[]): void {
  const [head, ...body] = rows;
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  console.log([line(head!), line(head!.map(() => "---")), ...body.map(line)].join("\n") + "\n");
}

async function main(): Promise<void> {
  const found = findModel(NAME);
  if (!found.ok) throw new Error(found.message);
  const root = await Deno.makeTempDir({ prefix: "clipline-bench-" });
  try {
    const checkpoint = join(root, "model.pt");
    writeRandomCheckpoint(checkpoint, found.model.architecture);
    await Deno.utime(checkpoint, new Date(0), new Date(0));
    const model = {
      name: NAME,
      runtime: "torch",
      path: checkpoint,
      minibatchSize: MINIBATCH,
    } as const;
    const cacheOf = (name: string) => ({ CLIPLINE_CACHE: join(root, name) });
    const start = (changes: Partial<ExecutorTask>, cache = "cache") =>
      runStep<ExecutorAnswer>(EXECUTOR, { ...model, work: false, ...changes }, cacheOf(cache));

    const times: Record<"first" | "second" | "ready", number[]> = {
      first: [],
      second: [],
      ready: [],
    };
    for (let i = 0; i < STARTS; i++) {
      times.first.push((await start({}, `cache-${i}`)).startMs);
      await Deno.remove(join(root, `cache-${i}`), { recursive: true });
    }
    await start({});
    const graphs = join(root, "cache", "graphs");
    const directory = join(
      graphs,
      [...Deno.readDirSync(graphs)].find((entry) => entry.isDirectory)!.name,
    );
    for (let i = 0; i < STARTS; i++) {
      times.second.push((await start({})).startMs);
      times.ready.push((await start({ path: directory, runtime: "onnx" })).startMs);
    }
    const seconds = (values: number[]) => (median(values) / 1000).toFixed(2);
    print([
      ["Start of an executor, warm-up included", "seconds"],
      ["first: hash, convert, load", seconds(times.first)],
      ["second: conversion found, load", seconds(times.second)],
      ["ready ONNX files given, load", seconds(times.ready)],
    ]);

    const imageSize = found.model.architecture.vision.imageSize;
    const task: CompareTask = { ...model, directory, imageSize };
    const rates = await runStep<CompareAnswer>(COMPARE, task, cacheOf("cache"));
    const row = (label: string, kind: keyof CompareAnswer, base: keyof CompareAnswer) =>
      [
        label,
        median(rates[kind]).toFixed(1),
        // Of each round, so that other work on the machine weighs on both.
        median(rates[kind].map((rate, round) => rate / rates[base][round]!)).toFixed(2),
      ] as const;
    print([
      ["Captions", "per second", "times the first"],
      row("bare session, fixed 77 tokens", "fixedTexts", "fixedTexts"),
      row("bare session, cut to the longest of the batch", "freeTexts", "fixedTexts"),
      row("engine, fp32, tokenizing included", "texts", "fixedTexts"),
      row("engine, int8, tokenizing included", "textsInt8", "fixedTexts"),
    ]);
    print([
      ["Images", "per second", "times the first"],
      row("bare session, fp32, pixels ready", "bareImages", "bareImages"),
      row("engine, fp32, from JPEG", "images", "bareImages"),
      row("engine, int8, from JPEG", "imagesInt8", "bareImages"),
    ]);
    const bareTask: BareTask = { directory, imageSize, batch: MINIBATCH };
    const memoryRow = (label: string, { peak, anonymous }: Memory) =>
      [label, peak, anonymous] as const;
    print([
      ["MiB after 128 captions and 64 images", "peak resident", "private at the end"],
      memoryRow("bare session, fp32", await runStep<Memory>(BARE, bareTask)),
      memoryRow("executor with one replica, fp32", (await start({ work: true })).memory),
      memoryRow(
        "executor with one replica, int8",
        (await start({ work: true, dtype: "int8" })).memory,
      ),
    ]);
    const load = Deno.loadavg()[0]?.toFixed(1);
    console.log(
      `${
        cpus()[0]?.model
      }, ${cpus().length} cores, load at the end ${load}; Deno ${Deno.version.deno}, ` +
        `ONNX Runtime ${env.versions.node}; ${new Date().toISOString().slice(0, 10)}`,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

if (import.meta.main) await main();
