// deno-lint-ignore-file no-console -- a command-line program
/**
 * What the client costs: many short texts by `encode()`, over bare sockets that send the same
 * requests, written beforehand, and do not look into the answers. Once before the demonstration
 * server, and once before a server that computes nothing, where all that is left is the client.
 *
 *     deno task bench:client [--texts 20000] [--rounds 5]
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ClipClient } from "../client/mod.ts";
import { sendRaw } from "./client/raw.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** As `encode()` has them by itself. */
const [BATCH, PREFETCH] = [8, 100];

const { values } = parseArgs({
  options: {
    texts: { type: "string", default: "20000" },
    rounds: { type: "string", default: "5" },
  },
});
const texts = Array.from({ length: Number(values.texts) }, (_, i) => `a photo of the thing ${i}`);

/** A server as a program of its own. */
async function start(words: string[], ready: RegExp) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...words],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const text = await new Promise<string>((resolve) => {
    (async () => {
      let text = "";
      // To the end: a program whose output nobody takes may not go on.
      for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (ready.test(text)) resolve(text);
      }
    })();
  });
  return { text, stop: () => child.kill("SIGTERM") };
}

function urlsOf(text: string): string[] {
  if (text.startsWith("{")) {
    return Object.entries(JSON.parse(text)).map(([scheme, port]) =>
      `${scheme}://127.0.0.1:${port}`
    );
  }
  return [...text.matchAll(/ (grpc|http|ws) +(\1:\/\/127\.0\.0\.1:\d+)/g)].map(([, , url]) => url!);
}

async function measure(name: string, url: string): Promise<void> {
  const client = new ClipClient(url);
  const load = { url, texts, batchSize: BATCH, prefetch: PREFETCH };
  const [raw, own]: [number[], number[]] = [[], []];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const bare = await sendRaw(load);
    const began = performance.now();
    const { rows } = await client.encode(texts);
    const took = performance.now() - began;
    if (rows !== texts.length) throw new Error(`${rows} rows came`);
    // The first round warms both up.
    if (round > 0) {
      raw.push(bare);
      own.push(took);
    }
  }
  await client.close();
  const [bare, took] = [median(raw), median(own)];
  const rate = (ms: number) => `${(texts.length / ms * 1000).toFixed(0)} texts/s`;
  console.log(
    `${name.padEnd(6)} ${url.split(":")[0]!.padEnd(5)} bare ${rate(bare)}, encode() ${
      rate(took)
    }, ` +
      `ratio ${(bare / took).toFixed(2)}`,
  );
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1]!;
}

const flow = await Deno.makeTempFile({ suffix: ".yml" });
await Deno.writeTextFile(
  flow,
  (await Deno.readTextFile(new URL("../flows/demo-flow.yml", import.meta.url)))
    .replace(/port: \[[\d, ]+\]/, "port: [0, 0, 0]").replace("../models/", `${ROOT}models/`),
);
for (
  const [name, words, ready] of [
    ["cheap", ["tests/client/cheap_server.ts"], /\}\n/],
    ["demo", ["main.ts", flow], /is ready[\s\S]*Try it/],
  ] as const
) {
  const server = await start([...words], ready);
  try {
    for (const url of urlsOf(server.text)) await measure(name, url);
  } finally {
    server.stop();
  }
}
await Deno.remove(flow);
