/** A plan as lines to read. */
import type { Demand, Plan } from "./arithmetic.ts";
import { CORES, type MeasuredPod } from "./rates.ts";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes in the unit that leaves the fewest digits, three of them. */
export function bytesText(bytes: number): string {
  let unit = 0;
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return `${Number(bytes.toPrecision(3))} ${UNITS[unit]}`;
}

/** A number with three digits, and groups of three. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "more than there is";
  const rounded = Number(value.toPrecision(3));
  return value < 1000 ? String(rounded) : rounded.toLocaleString("en-US");
}

/** Lines: what, and how much. */
export function planLines(pod: MeasuredPod, demand: Demand, plan: Plan): [string, string][] {
  const { model, dtype, device, texts, images, source } = pod;
  const percent = (share: number) =>
    Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "nobody is left";
  const cores = `${CORES[device]} cores${device === "h100" ? " and one H100" : ""}`;
  return [
    [
      "one pod",
      `${model} ${dtype}, ${cores}: ${numberText(texts)} texts/s or ` +
      `${numberText(images)} images/s (docs/${source})`,
    ],
    [
      "documents a second",
      `${numberText(plan.meanPerSecond)} in the mean, ` +
      `${numberText(plan.peakPerSecond)} at the peak`,
    ],
    [
      "pods, online",
      `${numberText(plan.onlinePods)}, ${demand.spare} of them spare: load ` +
      `${percent(plan.loadAtPeak)} at the peak, ${percent(plan.loadWithOneLess)} with one less`,
    ],
    ["pods, as a job", `${numberText(plan.bulkPods)} all day, where nobody waits`],
    [
      "of all pods online",
      `${numberText(plan.cores)} cores, ${numberText(plan.memoryGB)} GB of ` +
      `${device === "h100" ? "the GPUs' " : ""}memory, ${numberText(plan.diskGB)} GB of disk for ` +
      "models",
    ],
    [
      "main threads",
      `${numberText(plan.gatewayThreads)} at the peak over ${demand.protocol}, ` +
      `${numberText(plan.gatewayThreads / plan.onlinePods)} of one in each pod`,
    ],
    [
      "network, in",
      `${bytesText(plan.bytesIn)} a day, ${numberText(plan.megabitsIn)} Mbit/s at ` +
      "the peak",
    ],
    [
      "network, out",
      `${bytesText(plan.bytesOut)} a day, ${numberText(plan.megabitsOut)} Mbit/s ` +
      "at the peak",
    ],
    [
      "embeddings of a day",
      `${bytesText(plan.float32Bytes)} as float32, ` +
      `${bytesText(plan.float16Bytes)} as float16`,
    ],
    [
      "in the embedded index",
      `${bytesText(plan.indexDiskBytes)} of disk, ` +
      `${bytesText(plan.indexMemoryBytes)} of memory`,
    ],
    ["in PostgreSQL", `${bytesText(plan.postgresMemoryBytes)} of memory`],
  ];
}
