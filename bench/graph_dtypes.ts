// deno-lint-ignore-file no-console -- a command-line program
/**
 * What a number format costs and gains: conversion, size, load, memory, speed and cosine distance
 * of fp32, fp16 and int8 graphs of one full-size model with seeded random weights, on the CPU.
 * All formats are timed in turns in one run; speeds are quotients over fp32's.
 *
 *     deno run -A bench/graph_dtypes.ts [MODEL=ViT-B/32] [CHECKPOINT]
 */
import "../src/runtime/telemetry_off.ts";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import type { ClipStateDict } from "../src/checkpoint/state_dict.ts";
import { convertCheckpoint, type GraphOptions } from "../src/graph/convert.ts";
import { findModel } from "../src/model/catalog/catalog.ts";
import { sessionConfig } from "../src/runtime/session_config.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";

const DTYPES = ["fp32", "fp16", "int8"] as const;
type Dtype = typeof DTYPES[number];
const TOWERS = ["textual", "visual"] as const;
type Tower = typeof TOWERS[number];
const ROUNDS = 5;
const MIB = 1024 * 1024;

/** Numbers in [0, 1), always the same. */
function* uniform(): Generator<number, never> {
  for (let state = 12345;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function texts(count: number, length: number, vocabSize: number): ort.Tensor {
  const random = uniform();
  const ids = Int32Array.from(
    { length: count * length },
    () => 1 + Math.floor(random.next().value * (vocabSize - 3)),
  );
  for (let row = 0; row < count; row++) {
    ids[row * length] = vocabSize - 2;
    ids[(row + 1) * length - 1] = vocabSize - 1;
  }
  return new ort.Tensor("int32", ids, [count, length]);
}

/** Smooth pictures: random bytes alone would all embed alike. */
function images(count: number, size: number): ort.Tensor {
  const random = uniform();
  const bytes = new Uint8Array(count * 3 * size * size);
  for (let plane = 0; plane < count * 3; plane++) {
    const [a, b, c] = [random.next().value, random.next().value, random.next().value];
    for (let i = 0; i < size * size; i++) {
      const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
      const wave = Math.sin(20 * a * x + 20 * b * y + 6 * c) + 0.3 * (random.next().value - 0.5);
      bytes[plane * size * size + i] = Math.max(0, Math.min(255, 128 + 100 * wave));
    }
  }
  return new ort.Tensor("uint8", bytes, [count, 3, size, size]);
}

function privateMiB(): number {
  const rollup = Deno.readTextFileSync("/proc/self/smaps_rollup");
  return Number(/^Anonymous:\s+(\d+)/m.exec(rollup)![1]) / 1024;
}

/** What a server's only replica opens a graph with. */
function configOf(dtype: Dtype): Record<string, string> {
  return sessionConfig({ target: "cpu", dtype, replicas: 1 });
}

/** In a process of its own: milliseconds to load a graph, and memory that no replica shares. */
async function measureLoad(path: string, config: Record<string, string>): Promise<void> {
  const before = privateMiB();
  const start = performance.now();
  const session = await ort.InferenceSession.create(path, { extra: config });
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, privateMiB: privateMiB() - before }));
  await session.release();
}

async function loadInChild(path: string, config: Record<string, string>) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(import.meta.url).pathname, "--load", path, JSON.stringify(config)],
    stderr: "inherit",
  });
  const { stdout } = await child.output();
  return JSON.parse(new TextDecoder().decode(stdout)) as { ms: number; privateMiB: number };
}

function largestCosineDistance(a: Float32Array, b: Float32Array, width: number): number {
  let largest = 0;
  for (let start = 0; start < a.length; start += width) {
    let [dot, normA, normB] = [0, 0, 0];
    for (let i = start; i < start + width; i++) {
      dot += a[i]! * b[i]!;
      normA += a[i]! ** 2;
      normB += b[i]! ** 2;
    }
    largest = Math.max(largest, 1 - dot / Math.sqrt(normA * normB));
  }
  return largest;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(model: string, checkpoint: string | undefined): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "clipline-bench-" });
  try {
    const found = findModel(model);
    if (!found.ok) throw new Error(found.message);
    const path = checkpoint ?? join(root, "model.pt");
    if (checkpoint === undefined) writeRandomCheckpoint(path, found.model.architecture);
    const state = openCheckpoint(path);
    console.log(
      `${model}, ${ort.env.versions.node ?? ""} on ${navigator.hardwareConcurrency} CPUs`,
    );
    const loads = await convertAll(state, root);
    console.table(loads);
    console.table(await compare(state, root));
    state.close();
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function convertAll(state: ClipStateDict, root: string) {
  const rows: Record<string, Record<string, number>> = {};
  for (const dtype of DTYPES) {
    const options: GraphOptions = { dtype, target: "cpu", pixels: "uint8" };
    const start = performance.now();
    await convertCheckpoint(state, join(root, dtype), options);
    const seconds = (performance.now() - start) / 1000;
    for (const tower of TOWERS) {
      const path = join(root, dtype, `${tower}.onnx`);
      const config = configOf(dtype);
      const packed = await loadInChild(path, config);
      const mapped = await loadInChild(path, { ...config, "session.disable_prepacking": "1" });
      rows[`${dtype} ${tower}`] = {
        "convert s (both)": Number(seconds.toFixed(1)),
        "file MiB": Math.round(Deno.statSync(`${path}.data`).size / MIB),
        "load ms": Math.round(packed.ms),
        "private MiB": Math.round(packed.privateMiB),
        "load ms, no prepacking": Math.round(mapped.ms),
        "private MiB, no prepacking": Math.round(mapped.privateMiB),
      };
    }
  }
  return rows;
}

async function compare({ architecture }: ClipStateDict, root: string) {
  const { vocabSize } = architecture.text;
  const size = architecture.vision.imageSize;
  const cases: [string, Tower, ort.Tensor][] = [
    ["32 texts of 16", "textual", texts(32, 16, vocabSize)],
    ["8 texts of 77", "textual", texts(8, 77, vocabSize)],
    ["1 text of 12", "textual", texts(1, 12, vocabSize)],
    ["8 images", "visual", images(8, size)],
    ["1 image", "visual", images(1, size)],
  ];
  const sessions = new Map<string, ort.InferenceSession>();
  for (const dtype of DTYPES) {
    for (const tower of TOWERS) {
      const path = join(root, dtype, `${tower}.onnx`);
      const session = await ort.InferenceSession.create(path, { extra: configOf(dtype) });
      sessions.set(`${dtype} ${tower}`, session);
    }
  }
  const run = async (dtype: Dtype, tower: Tower, input: ort.Tensor) => {
    const feeds = tower === "textual" ? { input_ids: input } : { pixel_values: input };
    const outputs = await sessions.get(`${dtype} ${tower}`)!.run(feeds);
    return Object.values(outputs)[0]!.data as Float32Array;
  };
  const rows: Record<string, Record<string, string | number>> = {};
  for (const [name, tower, input] of cases) {
    const reference = await run("fp32", tower, input);
    const ms = new Map<Dtype, number[]>(DTYPES.map((dtype) => [dtype, []]));
    const distance = new Map<Dtype, number>();
    for (let round = 0; round <= ROUNDS; round++) {
      for (const dtype of DTYPES) {
        const start = performance.now();
        const result = await run(dtype, tower, input);
        if (round > 0) ms.get(dtype)!.push(performance.now() - start);
        distance.set(dtype, largestCosineDistance(result, reference, architecture.embedDim));
      }
    }
    const base = median(ms.get("fp32")!);
    rows[name] = {
      "fp32 per second": Number((1000 * input.dims[0]! / base).toFixed(1)),
      "fp16 ×": Number((base / median(ms.get("fp16")!)).toFixed(2)),
      "int8 ×": Number((base / median(ms.get("int8")!)).toFixed(2)),
      "fp16 cosine distance": distance.get("fp16")!.toExponential(1),
      "int8 cosine distance": distance.get("int8")!.toExponential(1),
    };
  }
  return rows;
}

if (import.meta.main) {
  if (Deno.args[0] === "--load") await measureLoad(Deno.args[1]!, JSON.parse(Deno.args[2]!));
  else await main(Deno.args[0] ?? "ViT-B/32", Deno.args[1]);
}
