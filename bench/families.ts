// deno-lint-ignore-file no-console -- a command-line program
/**
 * One model of each family at full size, with seeded random weights under the names of its published
 * files: written, converted, started as the server starts it, and measured against a bare session of
 * ONNX Runtime on the same graphs. Each step runs in a process of its own. More memory than 1.5 × the
 * weights and 600 MB, or bits that change, end the bench with code 1.
 *
 *     deno task bench:families [--write] [NAME...]
 *
 * Needs up to 20 GB of disk in the temporary folder, for the largest model. `--write` puts the tables
 * into docs/performance-models.md.
 */
import "../src/runtime/telemetry_off.ts";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { env } from "onnxruntime-node";
import type { CompareAnswer, CompareTask } from "./families/compare_step.ts";
import { FAMILY_MODELS, type FamilyModel, writeFamilyModel } from "./families/models.ts";
import type { ConvertAnswer, ConvertTask } from "./models_convert_step.ts";
import type { ServeAnswer, ServeTask } from "./models_serve_step.ts";
import { markdownTable, tableLine, writeMeasured } from "./page.ts";
import { runStep } from "./step.ts";

const PAGE = new URL("../docs/performance-models.md", import.meta.url);
const MEGA = 1e6;
const MIB = 2 ** 20;
/** Every measurement is made so often; of times and memory the better counts. */
const RUNS = 2;
const TEXTS = 64;

/** Alone and among others the kernels sum in another order: float noise, no more. */
const MOST_INVARIANCE = 1e-6;
/** What a model may take: so much of its weights in float32, and so many bytes beside. */
const MOST_OF_WEIGHTS = 1.5;
const MOST_BESIDE = 600 * MEGA;

const CONVERSION_HEAD = [
  "Model",
  "Parameters, M",
  "Checkpoint, MB",
  "Graphs, MB",
  "Convert, s",
  "Convert, peak MB",
  "Second start, s",
  "Serving, peak MB",
  "1.5 × weights + 600 MB",
];
const SPEED_HEAD = [
  "Model",
  "Ids a text",
  "Bare texts/s",
  "Engine over bare, texts",
  "int8 over fp32, texts",
  "int8, distance of texts",
  "Bare images/s",
  "Engine over bare, images",
  "int8 over fp32, images",
  "int8, distance of images",
];

/** The rows of a model in both tables. */
interface Rows {
  conversion: string[];
  speed?: string[];
}

async function measure(model: FamilyModel): Promise<Rows> {
  const { name } = model;
  const root = await Deno.makeTempDir({ prefix: "clipline-bench-" });
  try {
    const checkpoint = join(root, "model");
    await Deno.mkdir(checkpoint);
    const fileBytes = writeFamilyModel(checkpoint, model);
    const step = <T>(file: string, task: ConvertTask | ServeTask | CompareTask, cache: string) =>
      runStep<T>(new URL(file, import.meta.url), task, { CLIPLINE_CACHE: cache });
    const conversions: ConvertAnswer[] = [];
    const cache = join(root, "cache");
    for (let run = 0; run < RUNS; run++) {
      await Deno.remove(cache, { recursive: true }).catch(() => {});
      conversions.push(
        await step<ConvertAnswer>("./models_convert_step.ts", { name, checkpoint }, cache),
      );
    }
    const [made] = conversions.toSorted((a, b) => a.convertMs - b.convertMs);
    const { parameters, graphBytes } = made!;
    const bound = MOST_OF_WEIGHTS * 4 * parameters + MOST_BESIDE;
    const convertPeak = Math.max(...conversions.map(({ peakMiB }) => peakMiB)) * MIB;
    check(name, convertPeak <= bound, `takes ${megabytes(convertPeak)} MB to convert`);
    const conversion = [
      name,
      megabytes(parameters),
      megabytes(fileBytes),
      megabytes(graphBytes),
      seconds(made!.convertMs),
      megabytes(convertPeak),
    ];
    if (model.convertOnly) return { conversion: [...conversion, "–", "–", megabytes(bound)] };

    const served: ServeAnswer[] = [];
    const task = { name, checkpoint, brief: false, texts: TEXTS };
    for (let run = 0; run < RUNS; run++) {
      served.push(await step<ServeAnswer>("./models_serve_step.ts", task, cache));
    }
    const servePeak = Math.max(...served.map(({ memory }) => memory.peak)) * MIB;
    check(name, servePeak <= bound, `takes ${megabytes(servePeak)} MB to serve`);
    check(
      name,
      served.every(({ deterministic }) => deterministic),
      "gives other bits a second time",
    );
    const invariance = Math.max(
      ...served.flatMap(({ textInvariance, imageInvariance }) => [textInvariance, imageInvariance]),
    );
    check(name, invariance <= MOST_INVARIANCE, `changes by ${invariance} in a batch`);
    const prints = new Set(served.map(({ fingerprint }) => fingerprint));
    check(name, prints.size === 1, "gives other bits after a restart");
    conversion.push(
      seconds(Math.min(...served.map(({ startMs }) => startMs))),
      megabytes(servePeak),
      megabytes(bound),
    );
    const compared: CompareAnswer[] = [];
    for (let run = 0; run < RUNS; run++) {
      const task = { name, checkpoint, cache };
      compared.push(await step<CompareAnswer>("./families/compare_step.ts", task, cache));
    }
    return { conversion, speed: [name, ...speeds(compared)] };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Of a quotient that loads move, both runs' values; of a speed the better one. */
function speeds(runs: readonly CompareAnswer[]): string[] {
  const both = (key: keyof CompareAnswer) => {
    const shown = runs.map((run) => run[key].toFixed(2)).toSorted();
    return [...new Set(shown)].join(" to ");
  };
  const best = (key: keyof CompareAnswer) => Math.max(...runs.map((run) => run[key]));
  return [
    best("meanLength").toFixed(0),
    best("bareTextsPerSecond").toPrecision(3),
    both("texts"),
    both("textsInt8"),
    best("textDistance").toExponential(0),
    best("bareImagesPerSecond").toPrecision(3),
    both("images"),
    both("imagesInt8"),
    best("imageDistance").toExponential(0),
  ];
}

function megabytes(bytes: number): string {
  return (bytes / MEGA).toFixed(0);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function check(name: string, right: boolean, what: string): void {
  if (right) return;
  console.error(`${name} FAILED: it ${what}`);
  Deno.exitCode = 1;
}

/** The machine and what runs on it. */
function machine(): string {
  return `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores (load at the end: ` +
    `${Deno.loadavg()[0]?.toFixed(1)}); Deno ${Deno.version.deno}, ONNX Runtime ` +
    `${env.versions.node ?? env.versions.common}; ${new Date().toISOString().slice(0, 10)}`;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { write: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const chosen = positionals.length === 0
    ? FAMILY_MODELS
    : FAMILY_MODELS.filter(({ name }) => positionals.includes(name));
  const all: Rows[] = [];
  for (const model of chosen) {
    const rows = await measure(model);
    all.push(rows);
    for (const row of Object.values(rows)) console.log(tableLine(row));
  }
  const align = (column: number) => column === 0 ? "---" : "--:";
  const text = [
    markdownTable(CONVERSION_HEAD, all.map(({ conversion }) => conversion), align),
    markdownTable(
      SPEED_HEAD,
      all.flatMap(({ speed }) => speed === undefined ? [] : [speed]),
      align,
    ),
    machine(),
  ].join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, "families", text);
}
