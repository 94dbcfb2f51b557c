/** What a search costs over the embedding of its query, measured in turns. */
import { processCost } from "../process_cost.ts";
import { median } from "../embedding.ts";
import { quantile } from "../serving/context.ts";
import { JsonProcess } from "../serving/json_process.ts";
import type { Contestant } from "./contestant.ts";
import type { EmbedAnswer, EmbedTask } from "./embed_step.ts";

const STEP = new URL("./embed_step.ts", import.meta.url);
const TEXTS = 60;
const SEARCHES = 300;

/** Medians over the rounds, milliseconds of one search and of one embedding. */
export interface EmbeddingCost {
  searchP50: number;
  embeddingP50: number;
  searchCpu: number;
  embeddingCpu: number;
  /** Quotients of each round, the median of them. */
  latency: number;
  cpu: number;
}

/** Both wait for nothing else: one text, one search after the other. */
export async function embeddingCost(
  contestant: Contestant,
  rounds: number,
): Promise<EmbeddingCost> {
  const embedder = new JsonProcess(STEP);
  const ask = (texts: number) => embedder.ask<EmbedAnswer>({ texts } satisfies EmbedTask);
  const seen: Omit<EmbeddingCost, "latency" | "cpu">[] = [];
  try {
    await ask(10);
    for (let round = 0; round < rounds; round++) {
      const [idle, before] = [processCost(embedder.pid).total, contestant.cpuSeconds];
      const embedded = await ask(TEXTS);
      const embeddingCpu = 1000 * (processCost(embedder.pid).total - idle) / TEXTS;
      const searched = await contestant.search({ searches: SEARCHES, clients: 1, seconds: 30 });
      const done = searched.latenciesMs.length;
      seen.push({
        searchP50: quantile(searched.latenciesMs, 0.5),
        embeddingP50: quantile(embedded.latenciesMs, 0.5),
        searchCpu: 1000 * (contestant.cpuSeconds - before) / done,
        embeddingCpu,
      });
    }
  } finally {
    await embedder.close();
  }
  const of = (value: (round: typeof seen[number]) => number) => median(seen.map(value));
  return {
    searchP50: of(({ searchP50 }) => searchP50),
    embeddingP50: of(({ embeddingP50 }) => embeddingP50),
    searchCpu: of(({ searchCpu }) => searchCpu),
    embeddingCpu: of(({ embeddingCpu }) => embeddingCpu),
    latency: of(({ searchP50, embeddingP50 }) => searchP50 / embeddingP50),
    cpu: of(({ searchCpu, embeddingCpu }) => searchCpu / embeddingCpu),
  };
}
