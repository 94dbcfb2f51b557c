/** What is measured of a contestant, in this order: writing, its end in the middle, and searches. */
import { quantile } from "../serving/context.ts";
import { type Below, FILTERS } from "./columns.ts";
import { Contestant, type Plan } from "./contestant.ts";
import type { DataFiles } from "./data_files.ts";
import { recall } from "./recall.ts";
import type { SearchAnswer } from "./tasks.ts";

/** How long and how much. */
export interface Effort {
  count: number;
  /** Documents of a request. */
  batch: number;
  /** Seconds that writing may take. */
  insertSeconds: number;
  /** Queries of each search that is measured, and the seconds it may take. */
  searches: number;
  filtered: number;
  searchSeconds: number;
}

/** The nearest documents by query, without a filter and with each of `FILTERS`. */
export interface Truth {
  all: number[][];
  filtered: number[][][];
}

/** Searches of one kind. */
export interface SearchFigures {
  recall: number;
  p50: number;
  p99: number;
  perSecond: number;
  /** CPU milliseconds of a search. */
  cpuMs: number;
}

/** What came of it; what was not measured is missing. */
export interface Figures {
  name: string;
  insertPerSecond?: number;
  /** Until nothing was left to be done after the last answer. */
  settleSeconds?: number;
  /** Opening after kill -9 behind the last answer to a write; the documents that were there. */
  killed?: { ms: number; documents: number; recall: number };
  single: SearchFigures;
  sixteen: SearchFigures;
  /** By `FILTERS`. */
  filtered: SearchFigures[];
  diskPerVector?: number;
  /** After all searches of the process that wrote them or opened after kill -9, and of one that only opened. */
  residentPerVector: number;
  reopened?: { ms: number; residentPerVector: number };
}

/** Measures one that keeps what it is given. */
export async function measureKept(
  plan: Plan,
  files: DataFiles,
  truth: Truth,
  effort: Effort,
  log: (text: string) => void,
  meanwhile: (contestant: Contestant) => Promise<void> = async () => {},
): Promise<Figures> {
  const { count } = effort;
  const say = (text: string) => log(`${plan.name}: ${text}`);
  const writer = new Contestant(plan, files, count);
  await writer.open();
  const { ms, inserted } = await writer.insert({
    batch: effort.batch,
    seconds: effort.insertSeconds,
  });
  const insertPerSecond = 1000 * inserted / ms;
  say(`${inserted} written, ${insertPerSecond.toFixed(0)} a second`);
  await writer.kill();
  if (inserted < count) {
    throw new Error(`${inserted} of ${count} documents in ${effort.insertSeconds} s`);
  }

  const second = new Contestant(plan, files, count);
  const killed = await second.open();
  say(`opened after kill -9 in ${killed.ms.toFixed(0)} ms with ${killed.documents}`);
  const first = await searches(second, truth, { ...effort, searches: 100, clients: 1 });
  const settleSeconds = await second.settle() / 1000;
  say(`recall then ${first.recall.toFixed(4)}; settled after ${settleSeconds.toFixed(1)} s`);
  const figures = await searched(second, truth, effort, say);
  await meanwhile(second);
  const residentPerVector = await second.heldBytes() / count;
  await second.close();
  const diskPerVector = await plan.diskBytes() / count;

  const third = new Contestant(plan, files, count);
  const reopened = await third.open();
  await searches(third, truth, { ...effort, searches: effort.filtered, clients: 1 });
  const held = await third.heldBytes() / count;
  say(`opened again in ${reopened.ms.toFixed(0)} ms; ${held.toFixed(0)} bytes resident a vector`);
  await third.close();
  return {
    name: plan.name,
    insertPerSecond,
    settleSeconds,
    killed: { ms: killed.ms, documents: killed.documents, recall: first.recall },
    ...figures,
    diskPerVector,
    residentPerVector,
    reopened: { ms: reopened.ms, residentPerVector: held },
  };
}

/** Measures one that only reads the vectors and searches, as exact search with numpy. */
export async function measureRead(
  contestant: Contestant,
  name: string,
  truth: Truth,
  effort: Effort,
  log: (text: string) => void,
): Promise<Figures> {
  const figures = await searched(contestant, truth, effort, (text) => log(`${name}: ${text}`));
  return { name, ...figures, residentPerVector: await contestant.heldBytes() / effort.count };
}

async function searched(
  contestant: Contestant,
  truth: Truth,
  effort: Effort,
  say: (text: string) => void,
): Promise<Pick<Figures, "single" | "sixteen" | "filtered">> {
  await searches(contestant, truth, { ...effort, searches: 20, clients: 1 });
  const single = await searches(contestant, truth, { ...effort, clients: 1 });
  say(`one client: ${inWords(single)}`);
  const sixteen = await searches(contestant, truth, { ...effort, clients: 16 });
  say(`16 clients: ${inWords(sixteen)}`);
  const filtered: SearchFigures[] = [];
  for (const [i, { name, filter }] of FILTERS.entries()) {
    const load = { ...effort, searches: effort.filtered, clients: 1 };
    filtered.push(await searches(contestant, truth, load, { filter, truth: truth.filtered[i]! }));
    say(`filter ${name}: ${inWords(filtered[i]!)}`);
  }
  return { single, sixteen, filtered };
}

async function searches(
  contestant: Contestant,
  truth: Truth,
  load: { searches: number; clients: number; searchSeconds: number },
  filtered?: { filter: Below; truth: number[][] },
): Promise<SearchFigures> {
  const before = contestant.cpuSeconds;
  const answer: SearchAnswer = await contestant.search({
    searches: load.searches,
    clients: load.clients,
    seconds: load.searchSeconds,
    ...(filtered && { filter: filtered.filter }),
  });
  const { latenciesMs, hits, seconds } = answer;
  return {
    recall: recall(filtered?.truth ?? truth.all, hits),
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
    perSecond: latenciesMs.length / seconds,
    cpuMs: 1000 * (contestant.cpuSeconds - before) / latenciesMs.length,
  };
}

function inWords({ recall, p50, p99, perSecond, cpuMs }: SearchFigures): string {
  return `recall ${recall.toFixed(4)}, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ` +
    `${perSecond.toFixed(0)} a second, ${cpuMs.toFixed(2)} CPU ms each`;
}
