/** The clients of the overload bench, in a process of their own. */
import { answerStep, stepTask } from "../step.ts";
import { openWire, type WireName } from "./wires.ts";

/** What is sent. */
export interface LoadTask {
  wire: WireName;
  /** host:port */
  address: string;
  /** Texts of a request. */
  batch: number;
  /** Clients that each have one request under way … */
  clients?: number;
  /** … or requests a second, however long the answers take. */
  rate?: number;
  seconds: number;
  /** Texts are numbered from here on: no two are equal. */
  from: number;
}

/** What came of it. */
export interface LoadResult {
  /** Texts answered within the time, without the first fifth of it. */
  items: number;
  /** Seconds in which they were counted. */
  seconds: number;
  sent: number;
  answered: number;
  refused: number;
  failed: number;
  /** Reasons of the first failures. */
  reasons: string[];
  /** Milliseconds until answers; of a stream from sending, the client's own buffers included. */
  p50: number;
  p99: number;
  /** Milliseconds until refusals. */
  refusedP99: number;
  /** Least, median and most seconds that refusals named. */
  retryAfter: [number, number, number] | undefined;
  /** Share of a core that the clients took. */
  cpu: number;
}

const WORDS = "cat dog bird tree house river cloud train boat mountain".split(" ");

const task = stepTask<LoadTask>();
const wire = await openWire(task.wire, task.address);
const began = performance.now();
const end = began + task.seconds * 1000;
/** The queue fills meanwhile. */
const counted = began + task.seconds * 200;
const cpuBefore = cpuSeconds();
const latencies: number[] = [];
const refusals: number[] = [];
const retries: number[] = [];
const reasons: string[] = [];
let [items, sent, failed, next] = [0, 0, 0, task.from];

async function send(): Promise<void> {
  const texts = Array.from({ length: task.batch }, () => {
    const number = next++;
    return `a photo of a ${WORDS[number % 10]} and a ${
      WORDS[(number / 10 | 0) % 10]
    }, no ${number}`;
  });
  sent++;
  const start = performance.now();
  const { outcome, retryAfterS, reason } = await wire.send(texts);
  const now = performance.now();
  if (outcome === "answered") {
    latencies.push(now - start);
    if (now >= counted && now <= end) items += task.batch;
  } else if (outcome === "refused") {
    refusals.push(now - start);
    if (retryAfterS !== undefined) retries.push(retryAfterS);
    // A refused client of a closed loop comes again, but not at once.
    if (task.rate === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
  } else if (now <= end) {
    failed++;
    if (reasons.length < 3) reasons.push(reason ?? "");
  }
}

/** User and system seconds of this process. */
function cpuSeconds(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(values: number[], q: number): number {
  return values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? NaN;
}

const under: Promise<unknown>[] = [];
if (task.rate === undefined) {
  for (let i = 0; i < task.clients!; i++) {
    under.push((async () => {
      while (performance.now() < end) await send();
    })());
  }
} else {
  for (let i = 0; performance.now() < end; i++) {
    const due = began + i * 1000 / task.rate - performance.now();
    if (due > 1) await new Promise((resolve) => setTimeout(resolve, due));
    under.push(send());
  }
}

const cpuAfter = cpuSeconds();
// Streams end with what is unanswered; of calls the answers of what was taken are waited for.
const patienceMs = task.wire === "websocket" ? 0 : 60_000;
const patience = new Promise((resolve) =>
  setTimeout(resolve, Math.max(0, end + patienceMs - performance.now()))
);

await Promise.race([Promise.all(under), patience]);
for (const values of [latencies, refusals, retries]) values.sort((a, b) => a - b);
answerStep(
  {
    items,
    seconds: (end - counted) / 1000,
    sent,
    answered: latencies.length,
    refused: refusals.length,
    failed,
    reasons,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    refusedP99: quantile(refusals, 0.99),
    retryAfter: retries.length === 0
      ? undefined
      : [retries[0]!, quantile(retries, 0.5), retries.at(-1)!],
    cpu: (cpuAfter - cpuBefore) / task.seconds,
  } satisfies LoadResult,
);
wire.close();
Deno.exit(0);
