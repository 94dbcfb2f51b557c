/** From documents a day to pods, bytes and disks. */
import { CORES, GATEWAY, type MeasuredPod, type PlanProtocol } from "./rates.ts";
import { embeddingBytes, sentImageBytes } from "./sizes.ts";

const DAY_S = 86_400;

/** Of an index on one machine, for each document of 512 numbers (docs/search.md, "Sizing"). */
const INDEX = { dimensions: 512, diskBytes: 3600, memoryBytes: 1200, postgresBytes: 5770 } as const;

/** What is wanted. */
export interface Demand {
  readonly imagesPerDay: number;
  readonly textsPerDay: number;
  /** Busiest hour over the mean one. */
  readonly peak: number;
  /** Share of its capacity that a pod is to have at the peak. */
  readonly load: number;
  /** Pods more than that, for those that fail or are replaced. */
  readonly spare: number;
  readonly imageBytes: number;
  readonly protocol: PlanProtocol;
}

/** What it takes. */
export interface Plan {
  /** Documents a second, mean and at the peak. */
  readonly meanPerSecond: number;
  readonly peakPerSecond: number;
  /** Pods that answer while somebody waits, the spare ones among them. */
  readonly onlinePods: number;
  /** Load at the peak with all of them, and with one less. */
  readonly loadAtPeak: number;
  readonly loadWithOneLess: number;
  /** Pods that do a day's documents in a day, where nobody waits. */
  readonly bulkPods: number;
  readonly cores: number;
  /** Main threads that the peak takes, of all pods together. */
  readonly gatewayThreads: number;
  readonly memoryGB: number;
  readonly diskGB: number;
  /** Bytes a day, and megabits a second at the peak. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly megabitsIn: number;
  readonly megabitsOut: number;
  /** Bytes that a day's embeddings take: float32, float16, the embedded index's disk and memory. */
  readonly float32Bytes: number;
  readonly float16Bytes: number;
  readonly indexDiskBytes: number;
  readonly indexMemoryBytes: number;
  readonly postgresMemoryBytes: number;
}

/** Of its capacity a job takes what the pods have. */
const BULK_LOAD = 0.95;

/** Bytes around an embedding in an answer, and of a text's request. */
const AROUND = 100;

/** The plan for a demand on pods of a kind. @throws {RangeError} nothing is asked for. */
export function plan(pod: MeasuredPod, demand: Demand): Plan {
  const { imagesPerDay, textsPerDay, peak, load, spare, protocol } = demand;
  const documents = imagesPerDay + textsPerDay;
  if (!(documents > 0)) throw new RangeError("There are no documents a day: --images-per-day 1e6");
  const meanPerSecond = documents / DAY_S;
  // Pods that the mean would keep busy all the time.
  const busy = (imagesPerDay / pod.images + textsPerDay / pod.texts) / DAY_S;
  const onlinePods = Math.ceil(peak * busy / load) + spare;
  const gateway = GATEWAY[protocol];
  const threads = (imagesPerDay / gateway.images + textsPerDay / gateway.texts) / DAY_S;
  const bytesIn = imagesPerDay * (sentImageBytes(demand.imageBytes, protocol) + AROUND) +
    textsPerDay * AROUND;
  const form = protocol === "http" ? "json" : "binary";
  const bytesOut = documents * (embeddingBytes(pod.dimensions, form) + AROUND);
  const megabits = (bytes: number) => peak * 8 * bytes / DAY_S / 1e6;
  const size = pod.dimensions / INDEX.dimensions;
  return {
    meanPerSecond,
    peakPerSecond: peak * meanPerSecond,
    onlinePods,
    loadAtPeak: peak * busy / onlinePods,
    loadWithOneLess: onlinePods > 1 ? peak * busy / (onlinePods - 1) : Infinity,
    bulkPods: Math.ceil(busy / BULK_LOAD),
    cores: onlinePods * CORES[pod.device],
    gatewayThreads: peak * threads,
    memoryGB: onlinePods * pod.memoryMB / 1000,
    diskGB: onlinePods * pod.diskMB / 1000,
    bytesIn,
    bytesOut,
    megabitsIn: megabits(bytesIn),
    megabitsOut: megabits(bytesOut),
    float32Bytes: documents * embeddingBytes(pod.dimensions, "binary"),
    float16Bytes: documents * embeddingBytes(pod.dimensions, "float16"),
    indexDiskBytes: documents * INDEX.diskBytes * size,
    indexMemoryBytes: documents * INDEX.memoryBytes * size,
    postgresMemoryBytes: documents * INDEX.postgresBytes * size,
  };
}
