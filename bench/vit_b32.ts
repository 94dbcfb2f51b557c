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
import { cpus } from "node:os";
import { join } from "node:path";
import { env } from "onnxruntime-node";
import { findModel } from "../src/model/catalog/catalog.ts";
import { median } from "./embedding.ts";
import type { Memory } from "./memory.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import { runStep } from "./step.ts";
import type { BareAnswer } from "./vit_b32_bare_step.ts";
import type { ExecutorAnswer, ExecutorTask } from "./vit_b32_executor_step.ts";

const NAME = "ViT-B-32::openai";
const BARE = new URL("./vit_b32_bare_step.ts", import.meta.url);
const EXECUTOR = new URL("./vit_b32_executor_step.ts", import.meta.url);
/** Starts of each kind; the median counts. */
const STARTS = 3;

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
    let run = 0;
    const start = (task: Omit<ExecutorTask, "name">, cache: string) =>
      runStep<ExecutorAnswer>(EXECUTOR, { name: NAME, ...task }, {
        CLIPLINE_CACHE: join(root, cache),
      });

    const first: number[] = [];
    for (; run < STARTS; run++) {
      const cache = `cache-${run}`;
      first.push((await start({ path: checkpoint, runtime: "torch", work: false }, cache)).startMs);
      if (run < STARTS - 1) await Deno.remove(join(root, cache), { recursive: true });
    }
    const cache = `cache-${STARTS - 1}`;
    const graphs = join(root, cache, "graphs");
    const directory = [...Deno.readDirSync(graphs)].find((entry) => entry.isDirectory)!.name;
    const second: number[] = [];
    const ready: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      second.push(
        (await start({ path: checkpoint, runtime: "torch", work: false }, cache)).startMs,
      );
      const onnx = { path: join(graphs, directory), runtime: "onnx", work: false } as const;
      ready.push((await start(onnx, cache)).startMs);
    }
    const seconds = (values: number[]) => (median(values) / 1000).toFixed(2);
    print([
      ["Start of an executor, warm-up included", "seconds"],
      ["first: hash, convert, load", seconds(first)],
      ["second: conversion found, load", seconds(second)],
      ["ready ONNX files given, load", seconds(ready)],
    ]);

    const int8 = await start(
      { path: checkpoint, runtime: "torch", dtype: "int8", work: true },
      cache,
    );
    const fp32 = await start({ path: checkpoint, runtime: "torch", work: true }, cache);
    const bare = await runStep<BareAnswer>(BARE, { directory: join(graphs, directory) });
    const ratio = (a: number, b: number) => (a / b).toFixed(2);
    print([
      ["Per second", "", "times the first"],
      ["captions at 77 tokens, bare session", bare.fixedTexts.toFixed(1), 1],
      [
        "captions at their length, bare session",
        bare.freeTexts.toFixed(1),
        ratio(bare.freeTexts, bare.fixedTexts),
      ],
      [
        "captions through the engine, tokenizing included",
        fp32.textsPerSecond.toFixed(1),
        ratio(fp32.textsPerSecond, bare.fixedTexts),
      ],
      ["… int8", int8.textsPerSecond.toFixed(1), ratio(int8.textsPerSecond, bare.fixedTexts)],
    ]);
    print([
      ["Images per second", "", "times fp32"],
      [
        "fp32, bare session, pixels ready",
        bare.images.toFixed(1),
        ratio(bare.images, fp32.imagesPerSecond),
      ],
      ["fp32 through the engine, from JPEG", fp32.imagesPerSecond.toFixed(1), 1],
      [
        "int8 through the engine, from JPEG",
        int8.imagesPerSecond.toFixed(1),
        ratio(int8.imagesPerSecond, fp32.imagesPerSecond),
      ],
    ]);
    const memoryRow = (label: string, { peak, anonymous }: Memory) =>
      [label, peak, anonymous] as const;
    print([
      ["MiB after the work above", "peak resident", "private at the end"],
      memoryRow("bare session, fp32", bare.memory),
      memoryRow("executor with one replica, fp32", fp32.memory),
      memoryRow("executor with one replica, int8", int8.memory),
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
