import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CatalogEntry } from "../../../src/model/catalog/catalog.ts";
import { resolveWeights } from "../../../src/model/store/weights.ts";
import { fakeEntry, TemporaryStore } from "./fakes.ts";
import { honest, rangeStart, RawServer, sampleBytes, sha256 } from "./raw_server.ts";

const BYTES = sampleBytes(64_000);
const SCRIPT = fileURLToPath(new URL("./pull_process.ts", import.meta.url));

/** A process that gets an entry's weights, and its output line by line. */
class Puller {
  readonly lines: string[] = [];
  readonly child: Deno.ChildProcess;
  /** Resolves when the process has closed its output. */
  readonly ended: Promise<void>;
  readonly #waiting: { pattern: RegExp; resolve: () => void }[] = [];

  constructor(entry: CatalogEntry, store: TemporaryStore, env: Record<string, string> = {}) {
    this.child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        SCRIPT,
        JSON.stringify({ entry, settings: store.settings }),
      ],
      env: { DENO_NO_UPDATE_CHECK: "1", ...env },
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        this.lines.push(line);
        for (const { pattern, resolve } of this.#waiting) if (pattern.test(line)) resolve();
      }
    }
  }

  /** Resolves when a line like that has been said; rejects when the process ends without. */
  async said(pattern: RegExp): Promise<void> {
    if (this.lines.some((line) => pattern.test(line))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ pattern, resolve });
    await Promise.race([promise, this.ended]);
    assert.ok(this.lines.some((line) => pattern.test(line)), `never said ${pattern}`);
  }

  async finish(): Promise<Deno.CommandStatus> {
    await this.ended;
    return await this.child.status;
  }
}

function entryAt(origin: string): CatalogEntry {
  const digest = { algorithm: "sha256", hex: sha256(BYTES) } as const;
  return fakeEntry([{ kind: "url", url: `${origin}/tiny.pt`, file: "tiny.pt", digest }]);
}

Deno.test("two processes that start together download once", async () => {
  const release = Promise.withResolvers<void>();
  await using server = new RawServer(async (request) => {
    await release.promise;
    return honest(request, BYTES);
  });
  await using store = new TemporaryStore();
  const pullers = [0, 1].map(() => new Puller(entryAt(server.origin), store));
  // Whichever comes second says that it waits; only then may the first go on.
  await Promise.any(pullers.map((puller) => puller.said(/^log Waiting for another process/)));
  release.resolve();
  for (const puller of pullers) {
    assert.equal((await puller.finish()).code, 0);
    assert.equal(puller.lines.at(-1), `sha256 ${sha256(BYTES)}`);
  }
  assert.equal(server.requests.length, 1);
  assert.deepEqual(await store.files(), [
    "clipline/checkpoints/Tiny-test/tiny.pt",
    "clipline/checkpoints/Tiny-test/tiny.pt.source.json",
  ]);
});

Deno.test("a process killed in a download leaves no file that loads, and the next goes on", async () => {
  const half = 30_000;
  await using server = new RawServer((request) => {
    const reply = honest(request, BYTES);
    if (rangeStart(request) !== undefined) return reply;
    return { ...reply, length: BYTES.length, body: BYTES.subarray(0, half), hold: true };
  });
  await using store = new TemporaryStore();
  const entry = entryAt(server.origin);
  const puller = new Puller(entry, store);
  await puller.said(new RegExp(`^bytes ${half}$`));
  puller.child.kill("SIGKILL");
  assert.equal((await puller.finish()).signal, "SIGKILL");
  const target = join(store.settings.cache, "checkpoints/Tiny-test/tiny.pt");
  assert.equal(await Deno.stat(target).catch(() => undefined), undefined);
  assert.equal((await Deno.stat(`${target}.part`)).size, half);

  // Its lock has gone with it: nothing to wait for, nothing to clean up by hand.
  const resolved = await resolveWeights(entry, {
    settings: store.settings,
    log: (line) => assert.fail(line),
  });
  assert.equal(resolved.path, target);
  assert.deepEqual(await Deno.readFile(target), BYTES);
  assert.deepEqual(server.requests.map(rangeStart), [undefined, half]);
  assert.deepEqual(await store.files(), [
    "clipline/checkpoints/Tiny-test/tiny.pt",
    "clipline/checkpoints/Tiny-test/tiny.pt.source.json",
  ]);
});

Deno.test("downloads go through HTTP_PROXY, and past it for NO_PROXY's hosts", async () => {
  await using proxy = new RawServer(({ path }) =>
    path === "http://models.invalid/tiny.pt" ? { body: BYTES } : { status: 404 }
  );
  await using store = new TemporaryStore();
  const proxied = new Puller(entryAt("http://models.invalid"), store, {
    HTTP_PROXY: proxy.origin,
    NO_PROXY: "",
  });
  assert.equal((await proxied.finish()).code, 0);
  assert.equal(proxied.lines.at(-1), `sha256 ${sha256(BYTES)}`);

  await using server = new RawServer((request) => honest(request, BYTES));
  await using direct = new TemporaryStore();
  const unproxied = new Puller(entryAt(server.origin), direct, {
    HTTP_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1",
  });
  assert.equal((await unproxied.finish()).code, 0);
  assert.equal(server.requests.length, 1);
});

Deno.test("downloads from https addresses ask HTTPS_PROXY for a tunnel", async () => {
  const asked: string[] = [];
  await using proxy = new RawServer(({ path }) => {
    asked.push(path);
    return { status: 407 };
  });
  await using store = new TemporaryStore();
  const puller = new Puller(entryAt("https://models.invalid"), store, {
    HTTPS_PROXY: proxy.origin,
    NO_PROXY: "",
  });
  assert.equal((await puller.finish()).code, 1);
  assert.deepEqual(new Set(asked), new Set(["models.invalid:443"]));
  assert.match(puller.lines.join("\n"), /the proxy wants a user name and password/);
});
