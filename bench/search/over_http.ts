/** What a client sees: the program itself over HTTP, on the index that was measured before. */
import { quantile } from "../serving/context.ts";
import { benchModel } from "../serving/model.ts";
import { Served } from "../serving/served.ts";
import { captions } from "../inputs.ts";
import { COLUMNS } from "./columns.ts";
import { type DataFiles, QUERIES, VectorFile } from "./data_files.ts";
import { recall } from "./recall.ts";
import { LIMIT } from "./tasks.ts";

/** Documents that are written over HTTP, of a request, and requests at a time. */
const [WRITTEN, BATCH, WRITERS] = [5000, 100, 4];
const SEARCHES = 500;
const TEXTS = 200;

/** A kind of request, as it was answered. */
export interface HttpFigures {
  what: string;
  clients: number;
  p50: number;
  p99: number;
  perSecond: number;
  /** Of those whose truth is known. */
  recall?: number;
}

/** What is asked: its body, and how many there are. */
interface Load {
  what: string;
  path: string;
  clients: number;
  bodies: readonly string[];
}

/**
 * Measures a server whose index lies in `folder`.
 * @param count documents that are in it
 * @param truth the nearest of each query
 */
export async function overHttp(
  folder: string,
  files: DataFiles,
  count: number,
  truth: readonly number[][],
  log: (text: string) => void,
): Promise<HttpFigures[]> {
  const model = await benchModel();
  const flow = (gateway: Record<string, unknown>) =>
    JSON.stringify({
      jtype: "Flow",
      with: { host: "127.0.0.1", ...gateway },
      executors: [
        {
          uses: {
            jtype: "CLIPEncoder",
            with: { name: model.name, model_path: model.checkpoint, device: "cpu" },
          },
        },
        { uses: { jtype: "AnnLiteIndexer", with: { columns: COLUMNS, data_path: folder } } },
      ],
    });
  const server = await Served.startFlow(["http"], flow, { env: { CLIPLINE_CACHE: model.cache } });
  try {
    const queries = new VectorFile(files.queries).rows(0, QUERIES).slice(0, SEARCHES);
    const search = (parameters: Record<string, unknown>) =>
      queries.map((query, i) =>
        JSON.stringify({ data: [{ id: `q${i}`, embedding: [...query] }], parameters })
      );
    const texts = captions().slice(0, TEXTS).map(({ text }) =>
      JSON.stringify({ data: [{ text }] })
    );
    const whole = search({ limit: LIMIT });
    const ids = search({ limit: LIMIT, include_metadata: false });
    const loads: Load[] = [
      { what: "`/search`, embedding, whole documents", path: "search", clients: 1, bodies: whole },
      { what: "`/search`, embedding, whole documents", path: "search", clients: 16, bodies: whole },
      { what: "`/search`, embedding, ids and scores", path: "search", clients: 1, bodies: ids },
      { what: "`/search`, embedding, ids and scores", path: "search", clients: 16, bodies: ids },
      { what: "`/encode`, a text", path: "encode", clients: 1, bodies: texts },
      { what: "`/search`, a text, whole documents", path: "search", clients: 1, bodies: texts },
    ];
    const address = `http://${server.addresses.http}`;
    const figures: HttpFigures[] = [];
    for (const load of loads) {
      await asked(address, { ...load, bodies: load.bodies.slice(0, 20) });
      const { latenciesMs, seconds, answers } = await asked(address, load);
      const known = load.bodies === whole || load.bodies === ids;
      figures.push({
        what: load.what,
        clients: load.clients,
        p50: quantile(latenciesMs, 0.5),
        p99: quantile(latenciesMs, 0.99),
        perSecond: latenciesMs.length / seconds,
        ...(known && { recall: recall(truth, answers) }),
      });
      log(`${load.what}, ${load.clients} clients: p50 ${figures.at(-1)!.p50.toFixed(2)} ms`);
    }
    const written = await asked(address, {
      what: "",
      path: "index",
      clients: WRITERS,
      bodies: documents(files, count),
    });
    figures.push({
      what: `\`/index\`, embeddings, ${BATCH} documents a request`,
      clients: WRITERS,
      p50: quantile(written.latenciesMs, 0.5),
      p99: quantile(written.latenciesMs, 0.99),
      perSecond: WRITTEN / written.seconds,
    });
    return figures;
  } finally {
    await server.stop();
  }
}

/** Requests with documents that are not in the index yet: the first ones, under other ids. */
function documents(files: DataFiles, count: number): string[] {
  const rows = new VectorFile(files.documents).rows(0, WRITTEN);
  return Array.from({ length: WRITTEN / BATCH }, (_, request) => {
    const data = rows.slice(request * BATCH, (request + 1) * BATCH).map((row, i) => ({
      id: String(count + request * BATCH + i),
      embedding: [...row],
      tags: { n: 0, centre: 0 },
    }));
    return JSON.stringify({ data });
  });
}

/** Sends all bodies, each client one after the other; numbers of the documents found, by body. */
async function asked(
  address: string,
  { path, clients, bodies }: Load,
): Promise<{ latenciesMs: number[]; seconds: number; answers: number[][] }> {
  const latenciesMs: number[] = [];
  const answers: number[][] = [];
  let taken = 0;
  const began = performance.now();
  const client = async () => {
    while (taken < bodies.length) {
      const number = taken++;
      const start = performance.now();
      const response = await fetch(`${address}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: bodies[number]!,
      });
      const answer = await response.text();
      latenciesMs.push(performance.now() - start);
      const { header, data } = JSON.parse(answer);
      if (header.status) throw new Error(header.status.description);
      answers[number] = (data[0].matches ?? []).map(({ id }: { id: string }) => Number(id));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { latenciesMs, seconds: (performance.now() - began) / 1000, answers };
}
