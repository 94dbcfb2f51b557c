// deno-lint-ignore-file no-console -- a command-line program
/**
 * Soak: many texts and images through a small model over HTTP, gRPC or WebSocket, while connections
 * are opened and closed, clients leave in the middle, and some send nonsense. Neither the server's
 * memory nor its heap may have a slope, and at the end nothing may be left that a request brought:
 * descriptors, threads, held bytes, places. Ends with code 1 if it is not so.
 *
 *     deno task bench:soak [--protocol http] [--texts 200000] [--images 5000] [--clients 12]
 *
 * Without `--protocol` one after the other, each on a server of its own.
 */
import { parseArgs } from "node:util";
import type { Document } from "../src/dialects/jina/document/document.ts";
import { newId } from "../src/dialects/jina/document/document_id.ts";
import { onnxModel } from "../tests/support/onnx_model.ts";
import { photo } from "./inputs.ts";
import { growth, type Sample } from "./serving/growth.ts";
import { filesFlow, Served } from "./serving/served.ts";
import { Work } from "./serving/work.ts";
import { openSoakClient, type SoakClient, type SoakProtocol } from "./soak_clients.ts";

const TEXTS_PER_REQUEST = 64;
const IMAGES_PER_REQUEST = 16;
/** The first part of the work, in which caches fill and code is compiled, is not judged. */
const WARM_SHARE = 0.5;
const SAMPLE_MS = 1000;
/** Growth over the judged part, beyond its error, that counts as a leak, in MiB. */
const MOST_GROWTH_MIB = { resident: 24, heap: 8 };
const MIB = 2 ** 20;
const PROTOCOLS: readonly SoakProtocol[] = ["http", "grpc", "websocket"];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    protocol: { type: "string" },
    texts: { type: "string", default: "200000" },
    images: { type: "string", default: "5000" },
    clients: { type: "string", default: "12" },
  },
});
const total = { text: Number(values.texts), image: Number(values.images) };
const chosen = PROTOCOLS.filter((name) =>
  values.protocol === undefined || values.protocol === name
);

const work = await Work.make();
const pictures = await Promise.all(
  Array.from({ length: 24 }, (_, i) => photo(i + 1, 64 + 24 * i, 480 - 16 * i)),
);

function documents(modality: "text" | "image", from: number): Document[] {
  const length = modality === "text" ? TEXTS_PER_REQUEST : IMAGES_PER_REQUEST;
  return Array.from({ length }, (_, i) => {
    if (modality === "text") return { id: newId(), text: work.text(from + i) };
    const picture = pictures[(from + i) % pictures.length]!;
    // Bytes behind the end of a JPEG make it another one.
    const blob = new Uint8Array(picture.length + 4);
    blob.set(picture);
    new DataView(blob.buffer).setUint32(picture.length, from + i);
    return { id: newId(), blob };
  });
}

/** The work on one server: what is done of it, and how. */
class Soak {
  readonly done = { text: 0, image: 0 };
  readonly counts = { answered: 0, left: 0, reconnected: 0, refused: 0, nonsense: 0 };
  readonly #open: () => SoakClient;
  #index = 0;
  #sent = 0;

  constructor(protocol: SoakProtocol, address: string) {
    this.#open = () => openSoakClient(protocol, address);
  }

  /** The share of the work that is done. */
  get share(): number {
    return (this.done.text + this.done.image) / (total.text + total.image);
  }

  get #unfinished(): boolean {
    return this.done.text < total.text || this.done.image < total.image;
  }

  /** Does all of it. */
  async run(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, async () => {
      const client = this.#open();
      while (this.#unfinished) await this.#step(client, this.#index++);
      await client.close();
    }));
  }

  async #step(client: SoakClient, index: number): Promise<void> {
    const { done, counts } = this;
    const imagesDue = done.image < total.image &&
      done.image * total.text <= done.text * total.image;
    const modality = imagesDue ? "image" : "text";
    const docs = documents(modality, this.#sent);
    this.#sent += docs.length;
    done[modality] += docs.length;
    const kind = index % 20;
    if (kind === 3) {
      counts[await client.ask(docs, index % 7)]++;
      done[modality] -= docs.length;
    } else if (kind === 7 || kind === 8) {
      const own = this.#open();
      counts.reconnected++;
      counts[await own.ask(docs)]++;
      await own.close();
    } else {
      counts[await client.ask(docs)]++;
      if (kind !== 11) return;
      await client.nonsense(counts.nonsense++);
    }
  }
}

/** A line through what was measured, in words, and whether it rises. */
function slope(name: keyof typeof MOST_GROWTH_MIB, mib: readonly number[]): [string, boolean] {
  const { perSample, error } = growth(mib);
  const [grown, doubt] = [perSample * mib.length, 2 * error * mib.length];
  return [
    `${name} ${mib[0]!.toFixed(0)} MiB at half of the work, ${
      mib.at(-1)!.toFixed(0)
    } at the end, ` +
    `slope over ${mib.length} samples ${grown.toFixed(1)} ± ${doubt.toFixed(1)} MiB`,
    grown - doubt > MOST_GROWTH_MIB[name],
  ];
}

/** Soaks one server. @returns what has leaked */
async function soak(protocol: SoakProtocol): Promise<string[]> {
  const heapFile = await Deno.makeTempFile();
  const model = await onnxModel("rn-a");
  const server = await Served.startFlow([protocol], (gateway) => filesFlow(model, gateway), {
    main: new URL("./soak_main.ts", import.meta.url).pathname,
    env: { CLIPLINE_SOAK_HEAP: heapFile, DENO_V8_FLAGS: "--expose-gc" },
  });
  const task = new Soak(protocol, server.addresses[protocol]!);
  const samples: (Sample & { heapMiB: number })[] = [];
  const timer = setInterval(() => {
    const heapMiB = Number(Deno.readTextFileSync(heapFile)) / MIB;
    if (heapMiB > 0) samples.push({ ...server.holds(), heapMiB, share: task.share });
  }, SAMPLE_MS);
  const began = performance.now();
  await task.run(Number(values.clients));
  clearInterval(timer);
  const seconds = (performance.now() - began) / 1000;
  // Connections are closed when the other side has heard of it.
  await server.settle();
  const end = server.holds();
  const left = await server.leftovers();
  await server.stop();
  await Deno.remove(heapFile);

  const judged = samples.filter((sample) => sample.share >= WARM_SHARE);
  if (judged.length < 3) throw new Error("Too little work to see a slope: ask for more");
  const [residentText, residentGrows] = slope("resident", judged.map((s) => s.residentMiB));
  const [heapText, heapGrows] = slope("heap", judged.map((s) => s.heapMiB));
  const first = judged[0]!;
  console.log(
    `${protocol}: ${task.done.text} texts, ${task.done.image} images in ${seconds.toFixed(0)} s:`,
    task.counts,
  );
  console.log(residentText);
  console.log(heapText);
  console.log(
    `descriptors ${server.atStart.descriptors} at the start, ${end.descriptors} at the end`,
  );
  console.log(
    `threads ${server.atStart.threads} at the start, ${first.threads} after the warm-up, ` +
      `${end.threads} at the end`,
  );
  console.log(`left inside: ${JSON.stringify(left)}`);
  // Deno's own pool has as many as it needed at one time.
  const mostThreads = Math.max(server.atStart.threads, first.threads) + 2;
  return [
    residentGrows && "the memory grows",
    heapGrows && "the heap grows",
    end.descriptors > server.atStart.descriptors + 2 && "descriptors are left",
    end.threads > mostThreads && "threads are left",
    Object.values(left).some((value) => value !== 0) && "something is left inside",
  ].filter((leak) => leak !== false);
}

for (const protocol of chosen) {
  const leaks = await soak(protocol);
  console.log(leaks.length === 0 ? "No leak" : `LEAK: ${leaks.join(", ")}`);
  if (leaks.length > 0) Deno.exitCode = 1;
}
