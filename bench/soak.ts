// deno-lint-ignore-file no-console -- a command-line program
/**
 * Soak: many texts and images through a small model over HTTP, while connections are opened and
 * closed, clients leave in the middle, and some send nonsense. The server's memory must have no
 * slope, and at the end nothing may be left that a request brought: descriptors, threads, held bytes.
 * Ends with code 1 if it is not so.
 *
 *     deno run -A bench/soak.ts [--texts 200000] [--images 5000] [--clients 12]
 */
import { parseArgs } from "node:util";
import { onnxModel } from "../tests/support/onnx_model.ts";
import { photo } from "./inputs.ts";
import { growth, type Sample } from "./serving/growth.ts";
import { Served } from "./serving/served.ts";
import { Work } from "./serving/work.ts";

const TEXTS_PER_REQUEST = 64;
const IMAGES_PER_REQUEST = 16;
/** The first part of the work, in which caches fill and code is compiled, is not judged. */
const WARM_SHARE = 0.3;
const SAMPLE_MS = 1000;
/** Growth of the resident memory over the judged part that counts as a leak, in MiB. */
const MOST_GROWTH_MIB = 24;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    texts: { type: "string", default: "200000" },
    images: { type: "string", default: "5000" },
    clients: { type: "string", default: "12" },
  },
});
const total = { text: Number(values.texts), image: Number(values.images) };

const work = await Work.make();
const pictures = await Promise.all(
  Array.from({ length: 24 }, (_, i) => photo(i + 1, 64 + 24 * i, 480 - 16 * i)),
);
const server = await Served.startFiles(await onnxModel("rn-a"));
const url = `http://${server.addresses.http}`;
const shared = Deno.createHttpClient({ poolMaxIdlePerHost: 100 });

const done = { text: 0, image: 0 };
const counts = { answered: 0, aborted: 0, reconnected: 0, refused: 0, nonsense: 0 };
let sent = 0;

async function post(body: BodyInit, client: Deno.HttpClient, signal?: AbortSignal) {
  const response = await fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    client,
    ...(signal ? { signal } : {}),
  });
  await response.bytes();
  return response.status;
}

function imageBody(from: number): string {
  const data = Array.from({ length: IMAGES_PER_REQUEST }, (_, i) => {
    const picture = pictures[(from + i) % pictures.length]!;
    // Bytes behind the end of a JPEG make it another one.
    const bytes = new Uint8Array(picture.length + 4);
    bytes.set(picture);
    new DataView(bytes.buffer).setUint32(picture.length, from + i);
    return { blob: bytes.toBase64() };
  });
  return JSON.stringify({ data, execEndpoint: "/" });
}

/** What no client should send, and the status that it gets. */
const NONSENSE: readonly (() => [body: string, status: number])[] = [
  () => ["{", 400],
  () => [JSON.stringify({ data: [{ blob: "AAAA" }, { text: "a cat" }] }), 500],
  () => [JSON.stringify({ data: [{ uri: "http://127.0.0.1:9/none.jpg" }] }), 500],
  () => [JSON.stringify({ data: 5 }), 422],
];

async function step(index: number): Promise<void> {
  const imagesDue = done.image < total.image && done.image * total.text <= done.text * total.image;
  const modality = imagesDue ? "image" : "text";
  const amount = imagesDue ? IMAGES_PER_REQUEST : TEXTS_PER_REQUEST;
  const from = sent;
  sent += amount;
  done[modality] += amount;
  const body = imagesDue
    ? imageBody(from)
    : work.body("http", "text", from, amount) as Uint8Array<ArrayBuffer>;
  const kind = index % 20;
  if (kind === 3) {
    const leaving = new AbortController();
    const timer = setTimeout(() => leaving.abort(), index % 7);
    await post(body, shared, leaving.signal).catch(() => counts.aborted++);
    clearTimeout(timer);
    done[modality] -= amount;
  } else if (kind === 7 || kind === 8) {
    const own = Deno.createHttpClient({});
    counts.reconnected++;
    await answered(body, own);
    own.close();
  } else {
    await answered(body, shared);
    if (kind !== 11) return;
    const [wrong] = NONSENSE[index % NONSENSE.length]!();
    const status = await post(wrong, shared);
    // Bad documents are told of inside an answer, in the way of the original.
    if (status >= 500 && status !== 503) throw new Error(`Nonsense got status ${status}`);
    counts.nonsense++;
  }
}

async function answered(body: BodyInit, client: Deno.HttpClient): Promise<void> {
  const status = await post(body, client);
  if (status === 503) counts.refused++;
  else if (status === 200) counts.answered++;
  else throw new Error(`A request got status ${status}`);
}

const samples: Sample[] = [];
let index = 0;
const share = () => (done.text + done.image) / (total.text + total.image);
const timer = setInterval(() => samples.push({ ...server.holds(), share: share() }), SAMPLE_MS);
const began = performance.now();
await Promise.all(Array.from({ length: Number(values.clients) }, async () => {
  while (done.text < total.text || done.image < total.image) await step(index++);
}));
clearInterval(timer);
const seconds = (performance.now() - began) / 1000;
shared.close();
// Connections are closed when the other side has heard of it.
await server.settle();
const end = server.holds();
const left = await server.leftovers();
await server.stop();

const judged = samples.filter((sample) => sample.share >= WARM_SHARE);
const first = judged[0]!;
const { perSample, error } = growth(judged.map(({ residentMiB }) => residentMiB));
const grown = perSample * judged.length;
console.log(`${done.text} texts, ${done.image} images in ${seconds.toFixed(0)} s:`, counts);
console.log(
  `resident ${first.residentMiB.toFixed(0)} MiB after ${
    (100 * WARM_SHARE).toFixed(0)
  } % of the work, ${end.residentMiB.toFixed(0)} MiB at the end; slope over ${judged.length} ` +
    `samples ${grown.toFixed(1)} ± ${(2 * error * judged.length).toFixed(1)} MiB`,
);
console.log(
  `descriptors ${server.atStart.descriptors} at the start, ${end.descriptors} at the end`,
);
console.log(
  `threads ${server.atStart.threads} at the start, ${first.threads} after the warm-up, ` +
    `${end.threads} at the end`,
);
// Deno's own pool has as many as it needed at one time.
const mostThreads = Math.max(server.atStart.threads, first.threads) + 2;
console.log(`left inside: ${JSON.stringify(left)}`);
const leaks = [
  grown - 2 * error * judged.length > MOST_GROWTH_MIB && "the memory grows",
  end.descriptors > server.atStart.descriptors + 2 && "descriptors are left",
  end.threads > mostThreads && "threads are left",
  Object.values(left).some((value) => value !== 0) && "something is left inside",
].filter((leak) => leak !== false);
console.log(leaks.length === 0 ? "No leak" : `LEAK: ${leaks.join(", ")}`);
Deno.exitCode = leaks.length === 0 ? 0 : 1;
