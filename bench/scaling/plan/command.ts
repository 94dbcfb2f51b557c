/** The command line of the calculator. */
import { parseArgs } from "node:util";
import { type Demand, plan } from "./arithmetic.ts";
import { planLines } from "./print.ts";
import { GATEWAY, type MeasuredPod, type PlanProtocol, PODS } from "./rates.ts";

const OPTIONS = {
  "images-per-day": { type: "string", default: "0" },
  "texts-per-day": { type: "string", default: "0" },
  model: { type: "string", default: "ViT-B-32" },
  dtype: { type: "string" },
  device: { type: "string", default: "cpu" },
  peak: { type: "string", default: "2" },
  load: { type: "string", default: "0.7" },
  spare: { type: "string", default: "1" },
  "image-bytes": { type: "string", default: "100000" },
  protocol: { type: "string", default: "grpc" },
  "images-per-second": { type: "string" },
  "texts-per-second": { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

const USAGE = `Usage: deno run -A bench/scaling/plan.ts --images-per-day 1e9 [options]

Pods, bytes and disks for so many documents a day (docs/scaling.md).

  --images-per-day N     --texts-per-day N       documents; one of them at least
  --model ViT-B-32       --dtype, --device cpu   a pod that was measured
  --images-per-second N  --texts-per-second N    what a pod of your own serves
  --peak 2               the busiest hour over the mean
  --load 0.7             of what a pod can do
  --spare 1              pods more than that
  --image-bytes 100000   --protocol grpc         what goes over the network
  --help                 print this`;

/**
 * The plan for options as they were given, as lines; or how it is asked for.
 * @throws {Error} for people: what is wrong with an option.
 */
export function planText(args: string[]): string {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return USAGE;
  const number = (name: keyof typeof values, least: number) => {
    const value = Number(values[name]);
    if (Number.isFinite(value) && value >= least) return value;
    throw new RangeError(`--${name} ${values[name]}: expected a number of at least ${least}`);
  };
  const { protocol } = values;
  if (!(protocol in GATEWAY)) {
    throw new RangeError(`--protocol ${protocol}: expected ${Object.keys(GATEWAY).join(", ")}`);
  }
  const demand: Demand = {
    imagesPerDay: number("images-per-day", 0),
    textsPerDay: number("texts-per-day", 0),
    peak: number("peak", 1),
    load: number("load", 0.01),
    spare: number("spare", 0),
    imageBytes: number("image-bytes", 1),
    protocol: protocol as PlanProtocol,
  };
  if (demand.load > 1) throw new RangeError(`--load ${demand.load}: expected a share of at most 1`);
  const measured = measuredPod(values);
  const pod: MeasuredPod = {
    ...measured,
    ...(values["images-per-second"] ? { images: number("images-per-second", 0.001) } : {}),
    ...(values["texts-per-second"] ? { texts: number("texts-per-second", 0.001) } : {}),
  };
  const lines = planLines(pod, demand, plan(pod, demand));
  const width = Math.max(...lines.map(([what]) => what.length)) + 2;
  return lines.map(([what, text]) => what.padEnd(width) + text).join("\n");
}

function measuredPod(
  { model, dtype, device }: { model: string; dtype?: string | undefined; device: string },
): MeasuredPod {
  const pod = PODS.find((one) =>
    one.model === model && one.device === device && (dtype === undefined || one.dtype === dtype)
  );
  if (pod) return pod;
  const known = PODS.map((one) => `${one.model} ${one.dtype} on ${one.device}`).join(", ");
  throw new RangeError(`${model} ${dtype ?? ""} on ${device} was not measured: ${known}`);
}
