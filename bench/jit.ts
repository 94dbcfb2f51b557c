// deno-lint-ignore-file no-console -- a command-line program
/**
 * What `jit: true` gains: the time to open both towers of a full-size model with random weights
 * from the plain graphs and from those that ONNX Runtime has optimised, in turns in one run, each
 * in a process of its own; and the private memory of a session.
 *
 *     deno run -A bench/jit.ts [MODEL=ViT-B/32] [ROUNDS=5]
 */
import { join } from "node:path";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import { convertCheckpoint } from "../src/graph/convert.ts";
import { readManifest } from "../src/graph/manifest.ts";
import { findModel } from "../src/model/catalog/catalog.ts";
import { type ModelFiles, openModel } from "../src/runtime/model.ts";
import { optimizeModel } from "../src/runtime/optimized_graph.ts";
import { convertedFiles } from "../src/server/model_files.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";

const CPU = { providers: [{ name: "cpu" }], threads: 1 } as const;
/** With repacking, and without it as several replicas have it. */
const CONFIGS: Record<string, Record<string, string>> = {
  "one replica": {},
  "several, weights shared": { "session.disable_prepacking": "1" },
};

function privateMiB(): number {
  const rollup = Deno.readTextFileSync("/proc/self/smaps_rollup");
  return Number(/^Anonymous:\s+(\d+)/m.exec(rollup)![1]) / 1024;
}

/** In a process of its own. */
async function measure(model: ModelFiles, config: Record<string, string>): Promise<void> {
  const before = privateMiB();
  const start = performance.now();
  const opened = await openModel({ ...CPU, model, config });
  const openMs = performance.now() - start;
  await opened.warmUp([1]);
  const readyMs = performance.now() - start;
  console.log(JSON.stringify({ openMs, readyMs, privateMiB: privateMiB() - before }));
  await opened.release();
}

async function measureInChild(model: ModelFiles, config: Record<string, string>) {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, "--open", JSON.stringify({ model, config })],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as Record<
    "openMs" | "readyMs" | "privateMiB",
    number
  >;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(name: string, rounds: number): Promise<void> {
  const found = findModel(name);
  if (!found.ok) throw new Error(found.message);
  const root = await Deno.makeTempDir({ prefix: "clipline-bench-" });
  try {
    writeRandomCheckpoint(join(root, "model.pt"), found.model.architecture);
    const state = openCheckpoint(join(root, "model.pt"));
    const directory = join(root, "graphs");
    await convertCheckpoint(state, directory, { dtype: "fp32", target: "cpu", pixels: "uint8" });
    state.close();
    const plain = convertedFiles({ directory, manifest: await readManifest(directory) });
    for (const [label, config] of Object.entries(CONFIGS)) {
      const began = performance.now();
      const result = await optimizeModel(plain, { ...CPU, config, cacheRoot: root });
      if ("unchanged" in result) throw new Error(result.unchanged);
      const onceMs = performance.now() - began;
      const runs: Record<"plain" | "jit", Awaited<ReturnType<typeof measureInChild>>[]> = {
        plain: [],
        jit: [],
      };
      for (let round = 0; round < rounds; round++) {
        runs.plain.push(await measureInChild(plain, config));
        runs.jit.push(await measureInChild(result.files, config));
      }
      const row = (key: "openMs" | "readyMs" | "privateMiB") => {
        const [a, b] = [median(runs.plain.map((r) => r[key])), median(runs.jit.map((r) => r[key]))];
        return { plain: Math.round(a), jit: Math.round(b), "plain / jit": +(a / b).toFixed(2) };
      };
      console.log(`${name}, ${label}; once: ${Math.round(onceMs)} ms`);
      console.table({
        "open, ms": row("openMs"),
        "open and first run, ms": row("readyMs"),
        "private memory, MiB": row("privateMiB"),
      });
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

if (Deno.args[0] === "--open") {
  const { model, config } = JSON.parse(Deno.args[1]!);
  await measure(model, config);
} else {
  await main(Deno.args[0] ?? "ViT-B/32", Number(Deno.args[1] ?? 5));
}
