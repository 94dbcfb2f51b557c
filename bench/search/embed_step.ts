/** A step of `search.ts`: embeds texts one by one, as a server does for a query that is a text. */
import type { EncodeItem } from "../../src/model/item.ts";
import { embedAll, startBenchExecutor } from "../executor.ts";
import { captions } from "../inputs.ts";
import { benchModel } from "../serving/model.ts";
import { serveTasks } from "../serving/json_process.ts";

/** How many texts. */
export interface EmbedTask {
  texts: number;
}

/** What each took. */
export interface EmbedAnswer {
  latenciesMs: number[];
}

if (import.meta.main) {
  const { name, checkpoint: path } = await benchModel();
  const model = { name, path, runtime: "torch", minibatchSize: 32 } as const;
  const { encoder } = await startBenchExecutor(model);
  const items = captions().map(({ text }): EncodeItem => ({ modality: "text", text }));
  let next = 0;
  await serveTasks<EmbedTask>(async ({ texts }): Promise<EmbedAnswer> => {
    const latenciesMs: number[] = [];
    for (let i = 0; i < texts; i++) {
      const start = performance.now();
      await embedAll(encoder, [items[next++ % items.length]!]);
      latenciesMs.push(performance.now() - start);
    }
    return { latenciesMs };
  });
  await encoder.close(0);
}
