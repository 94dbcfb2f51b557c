// deno-lint-ignore-file no-console -- a command-line program
/**
 * Full-size models with random weights on a GPU: bare sessions against the whole server over gRPC,
 * as a Markdown table with machine and versions. `tools/gpu-bench.sh` does it with one command.
 *
 *     deno run -A bench/gpu.ts [--device auto] [--models ViT-B/32,ViT-L/14] [--dtypes fp32,fp16]
 *         [--batches 1,8,32,128] [--replicas 1,2,4] [--seconds 3] [--out FILE]
 */
import { parseArgs } from "node:util";
import type { GpuAnswer, GpuTask } from "./gpu/bare_step.ts";
import { type Utilisation, whileWatching } from "./gpu/utilisation.ts";
import { listAdapters } from "../src/runtime/adapters.ts";
import { readCudaVersions } from "../src/runtime/cuda_versions.ts";
import { runtimeVersion } from "../src/runtime/session.ts";
import { BenchContext, QUICK } from "./serving/context.ts";
import { JsonProcess } from "./serving/json_process.ts";
import { type BenchModel, benchModel } from "./serving/model.ts";

const MODALITIES = ["text", "image"] as const;
type Dtype = "fp32" | "fp16";

interface Settings {
  device: string;
  models: string[];
  dtypes: Dtype[];
  batches: number[];
  replicas: number[];
  seconds: number;
  out: string | undefined;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      device: { type: "string", default: "auto" },
      models: { type: "string", default: "ViT-B/32,ViT-L/14" },
      dtypes: { type: "string", default: "fp32,fp16" },
      batches: { type: "string", default: "1,8,32,128" },
      replicas: { type: "string", default: "1,2,4" },
      seconds: { type: "string", default: "3" },
      out: { type: "string" },
    },
  });
  const numbers = (text: string) => text.split(",").map(Number);
  return {
    device: values.device,
    models: values.models.split(","),
    dtypes: values.dtypes.split(",") as Dtype[],
    batches: numbers(values.batches),
    replicas: numbers(values.replicas),
    seconds: Number(values.seconds),
    out: values.out,
  };
}

const settings = readSettings();
const written: string[] = [];

function tell(line: string): void {
  console.log(line);
  written.push(line);
}

function row(cells: readonly (string | number)[]): void {
  tell(`| ${cells.join(" | ")} |`);
}

function gpuCells(gpu: Utilisation | undefined): string[] {
  return gpu ? [`${gpu.busy} %`, `${gpu.memoryMiB}`] : ["", ""];
}

async function machine(): Promise<void> {
  const cpu = /^model name\s*: (.*)$/m.exec(
    await Deno.readTextFile("/proc/cpuinfo").catch(() => ""),
  )?.[1];
  const { driver, driverCuda, runtime, cudnn, tensorrt } = readCudaVersions();
  const { adapters } = await listAdapters();
  tell(`- CPU: ${cpu ?? Deno.build.arch}, ${navigator.hardwareConcurrency} threads`);
  tell(`- Adapters: ${adapters.map(({ api, name }) => `${name} (${api})`).join(", ") || "none"}`);
  tell(
    `- NVIDIA driver ${driver ?? "none"} (CUDA ${driverCuda ?? "none"}), CUDA runtime ` +
      `${runtime ?? "none"}, cuDNN ${cudnn ?? "none"}, TensorRT ${tensorrt ?? "none"}`,
  );
  tell(`- ONNX Runtime ${runtimeVersion()}, Deno ${Deno.version.deno}`);
  tell(`- ${new Date().toISOString().slice(0, 10)}, device asked for: ${settings.device}`);
  tell("");
}

/** Bare rates by modality and batch, for the quotients of the served ones. */
type BareRates = Map<string, number>;

async function bare(model: BenchModel, dtype: Dtype): Promise<BareRates> {
  const rates: BareRates = new Map();
  const step = new JsonProcess(new URL("./gpu/bare_step.ts", import.meta.url));
  try {
    const task: GpuTask = {
      do: "open",
      name: model.name,
      checkpoint: model.checkpoint,
      cache: model.cache,
      device: settings.device,
      dtype,
      batch: Math.max(...settings.batches),
    };
    const opened = await step.ask<Extract<GpuAnswer, { opened: true }>>(task);
    tell(
      `${model.name}, ${opened.dtype} on ${opened.device} (${opened.adapter}): opened in ` +
        `${opened.openMs} ms, all shapes warm after ${opened.warmUpMs} ms more`,
    );
    tell("");
    row(["", "batch", "replicas", "a second", "of bare", "GPU busy", "GPU MiB"]);
    row(["---", "--:", "--:", "--:", "--:", "--:", "--:"]);
    for (const modality of MODALITIES) {
      for (const batch of settings.batches) {
        const { result, gpu } = await whileWatching(() =>
          step.ask<{ rate: number }>({ do: "run", modality, batch, seconds: settings.seconds })
        );
        rates.set(`${modality} ${batch}`, result.rate);
        row([`${modality}s, bare`, batch, "", Math.round(result.rate), "1.00", ...gpuCells(gpu)]);
      }
    }
  } finally {
    await step.close();
  }
  return rates;
}

async function served(model: BenchModel, dtype: Dtype, bareRates: BareRates): Promise<void> {
  const durations = { ...QUICK, served: settings.seconds };
  const cores = navigator.hardwareConcurrency;
  for (const replicas of settings.replicas) {
    for (const batch of settings.batches) {
      const context = new BenchContext(model, durations, ["grpc"], 1, () => {});
      const server = await context.serve({
        replicas,
        encoder: {
          device: settings.device,
          dtype,
          minibatch_size: batch,
          num_worker_preprocess: Math.max(1, Math.floor((cores - 2) / replicas)),
        },
      });
      try {
        for (const modality of MODALITIES) {
          // Two minibatches under way for every replica, so that none waits for a client.
          const clients = Math.max(4, 2 * replicas);
          const { result, gpu } = await whileWatching(() =>
            context.served(server, "grpc", modality, clients, batch)
          );
          const failed = result.results.reduce((sum, one) => sum + one.failed + one.refused, 0);
          if (failed > 0) throw new Error(`${failed} requests failed`);
          const of = result.perSecond / bareRates.get(`${modality} ${batch}`)!;
          row([
            `${modality}s, served`,
            batch,
            replicas,
            Math.round(result.perSecond),
            of.toFixed(2),
            ...gpuCells(gpu),
          ]);
        }
      } finally {
        await server.stop();
        await context.close();
      }
    }
  }
}

await machine();
for (const name of settings.models) {
  const model = await benchModel(name);
  for (const dtype of settings.dtypes) {
    await served(model, dtype, await bare(model, dtype));
    tell("");
  }
}
if (settings.out) await Deno.writeTextFile(settings.out, `${written.join("\n")}\n`);
