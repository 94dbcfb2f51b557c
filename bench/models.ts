// deno-lint-ignore-file no-console -- a command-line program
/**
 * All nine of OpenAI's models at full size, with seeded random weights in the layout of the
 * published files: each is written, converted, started as the server starts it, and embeds captions
 * and pictures. Output size, determinism, and independence of the batch are checked; any that fails
 * ends the bench with code 1. Each step runs in a process of its own, one model after the other.
 *
 *     deno run -A bench/models.ts [--out FILE.md] [NAME...]
 *
 * Needs up to 5 GB of disk in the temporary folder at a time. With `--out` the table is put between
 * the marks `<!-- measured:models -->` and `<!-- /measured:models -->` of that file.
 */
import "../src/runtime/telemetry_off.ts";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { env } from "onnxruntime-node";
import { findModel } from "../src/model/catalog/catalog.ts";
import { OPENAI_MODELS } from "../src/model/catalog/openai.ts";
import type { ConvertAnswer, ConvertTask } from "./models_convert_step.ts";
import type { ServeAnswer, ServeTask } from "./models_serve_step.ts";
import { tableLine, writeMeasured } from "./page.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import { runStep } from "./step.ts";

const MEGA = 1e6;
/** Alone and among others the kernels sum in another order: float noise, no more. */
const MOST_INVARIANCE = 1e-6;

const HEAD = [
  "Model",
  "Parameters, M",
  "Checkpoint, MB",
  "Graphs, MB",
  "Hash, s",
  "Convert, s",
  "Convert, peak MiB",
  "Second start, s",
  "Serving, peak MiB",
  "of that private",
  "Texts/s",
  "Images/s",
  "Batch: texts",
  "Batch: images",
];

async function measure(name: string): Promise<string[]> {
  const found = findModel(name);
  if (!found.ok) throw new Error(found.message);
  const { architecture } = found.model;
  const root = await Deno.makeTempDir({ prefix: "clipline-bench-" });
  const step = <T>(file: string, task: ConvertTask | ServeTask) =>
    runStep<T>(new URL(file, import.meta.url), task, { CLIPLINE_CACHE: join(root, "cache") });
  try {
    const checkpoint = join(root, "model.pt");
    writeRandomCheckpoint(checkpoint, architecture);
    // A file that was just written is hashed twice: its time stamp must be seconds old.
    await Deno.utime(checkpoint, new Date(0), new Date(0));
    const size = (await Deno.stat(checkpoint)).size;
    const task = { name: found.model.name, checkpoint };
    const made = await step<ConvertAnswer>("./models_convert_step.ts", task);
    const serve = (brief: boolean) =>
      step<ServeAnswer>("./models_serve_step.ts", { ...task, brief });
    const full = await serve(false);
    const again = await serve(true);
    check(name, full.embedDim === architecture.embedDim, `embeds to ${full.embedDim} dimensions`);
    check(name, full.deterministic && again.deterministic, "gives other bits the second time");
    check(name, full.fingerprint === again.fingerprint, "gives other bits after a restart");
    check(name, full.textInvariance <= MOST_INVARIANCE, `texts: ${full.textInvariance} in a batch`);
    check(
      name,
      full.imageInvariance <= MOST_INVARIANCE,
      `images: ${full.imageInvariance} in a batch`,
    );
    return [
      found.model.name.replace("::openai", ""),
      (made.parameters / MEGA).toFixed(1),
      (size / MEGA).toFixed(0),
      (made.graphBytes / MEGA).toFixed(0),
      (made.hashMs / 1000).toFixed(1),
      (made.convertMs / 1000).toFixed(1),
      String(made.peakMiB),
      (Math.min(full.startMs, again.startMs) / 1000).toFixed(1),
      String(full.memory.peak),
      String(full.memory.anonymous),
      full.textsPerSecond.toPrecision(3),
      full.imagesPerSecond.toPrecision(3),
      full.textInvariance.toExponential(0),
      full.imageInvariance.toExponential(0),
    ];
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function check(name: string, right: boolean, what: string): void {
  if (right) return;
  console.error(`${name} FAILED: ${what}`);
  Deno.exitCode = 1;
}

/** The machine and what runs on it. */
function machine(): string {
  const cpu = cpus()[0]?.model ?? "unknown CPU";
  const load = Deno.loadavg()[0]?.toFixed(1);
  return `${cpu}, ${cpus().length} cores (load of the machine at the end: ${load}), ` +
    `Deno ${Deno.version.deno}, ONNX Runtime ${env.versions.node ?? env.versions.common}, ` +
    `${new Date().toISOString().slice(0, 10)}`;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { out: { type: "string" } },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : OPENAI_MODELS.map(({ name }) => name);
  const lines = [tableLine(HEAD), tableLine(HEAD.map((_, i) => i === 0 ? "---" : "--:"))];
  console.log(lines.join("\n"));
  for (const name of names) {
    const row = tableLine(await measure(name));
    lines.push(row);
    console.log(row);
  }
  console.log(machine());
  if (values.out !== undefined) {
    await writeMeasured(values.out, "models", `${lines.join("\n")}\n\n${machine()}`);
  }
}
