import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../../../src/errors.ts";
import { CATALOG } from "../../../src/model/catalog/catalog.ts";
import { findWeights, resolveWeights } from "../../../src/model/store/weights.ts";
import { CLOSED_ORIGIN, FakeClock, fakeEntry, TemporaryStore } from "./fakes.ts";
import { honest, md5, type RawReply, RawServer, sampleBytes, sha256 } from "./raw_server.ts";

const BYTES = sampleBytes(3_000);
const SHA256 = sha256(BYTES);
const DIGEST = { algorithm: "sha256", hex: SHA256 } as const;

function urlSource(url: string) {
  return { kind: "url", url, file: "tiny.pt", digest: DIGEST } as const;
}

function hubSource(...files: string[]) {
  return { kind: "hub", repository: "owner/tiny", files } as const;
}

/** A server that fails the test when it is asked anything. */
function noServer(): RawServer {
  return new RawServer(({ path }) => {
    throw new Error(`asked for ${path}`);
  });
}

Deno.test("resolveWeights() downloads into the cache, and the second time reads the cache", async () => {
  await using server = new RawServer((request) => honest(request, BYTES));
  await using store = new TemporaryStore();
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)]);
  const first = await resolveWeights(entry, store);
  assert.equal(first.kind, "checkpoint");
  assert.equal(first.path, join(store.settings.cache, "checkpoints/Tiny-test/tiny.pt"));
  assert.equal(first.sha256, SHA256);
  assert.equal(first.source, `${server.origin}/tiny.pt`);
  assert.deepEqual(await store.files(), [
    "clipline/checkpoints/Tiny-test/tiny.pt",
    "clipline/checkpoints/Tiny-test/tiny.pt.source.json",
  ]);
  const second = await resolveWeights(entry, store);
  assert.deepEqual(second, { ...first, source: first.path });
  assert.equal(server.requests.length, 1);
});

Deno.test("resolveWeights() does not read a checked file again, until it changes", async () => {
  await using store = new TemporaryStore();
  const path = await store.put("clipline/checkpoints/Tiny-test/tiny.pt", BYTES);
  const entry = fakeEntry([urlSource("http://127.0.0.1:9/tiny.pt")]);
  const checked = new Date("2020-01-01T00:00:00Z");
  await Deno.utime(path, checked, checked);
  assert.equal((await findWeights(entry, store))?.sha256, SHA256);

  // Other bytes of the same length, time and inode: only reading the file would tell.
  const swapped = BYTES.map((byte) => byte ^ 255);
  await Deno.writeFile(path, swapped);
  await Deno.utime(path, checked, checked);
  assert.equal((await findWeights(entry, store))?.sha256, SHA256);

  const later = new Date("2020-01-01T00:00:01Z");
  await Deno.utime(path, later, later);
  assert.equal(await findWeights(entry, store), undefined);
});

Deno.test("resolveWeights() uses the files of ~/.cache/clip where they are", async () => {
  await using server = noServer();
  const digests = [{ algorithm: "md5", hex: md5(BYTES) }] as const;
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)], {
    cached: [{ file: "Tiny-test.bin", digests }],
  });
  for (const path of ["clip/Tiny-test.bin", "clip/Tiny-1/Tiny-test.bin"]) {
    await using store = new TemporaryStore();
    const full = await store.put(path, BYTES);
    const resolved = await resolveWeights(entry, store);
    assert.deepEqual(resolved, { kind: "checkpoint", path: full, sha256: SHA256, source: full });
    assert.deepEqual(await store.files(), [path]);
  }
});

Deno.test("resolveWeights() leaves a wrong file of another program alone", async () => {
  await using server = new RawServer((request) => honest(request, BYTES));
  await using store = new TemporaryStore();
  await store.put("clip/tiny.pt", sampleBytes(10));
  const log: string[] = [];
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)], {
    cached: [{ file: "tiny.pt", digests: [DIGEST] }],
  });
  const resolved = await resolveWeights(entry, { ...store, log: (line) => log.push(line) });
  assert.equal(resolved.source, `${server.origin}/tiny.pt`);
  assert.match(log.join("\n"), /clip\/tiny\.pt" is not used: it is not the published file/);
  assert.ok((await store.files()).includes("clip/tiny.pt"));
});

Deno.test("resolveWeights() sets a wrong file of its own aside and downloads anew", async () => {
  await using server = new RawServer((request) => honest(request, BYTES));
  await using store = new TemporaryStore();
  const path = await store.put("clipline/checkpoints/Tiny-test/tiny.pt", sampleBytes(10));
  const log: string[] = [];
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)]);
  const resolved = await resolveWeights(entry, { ...store, log: (line) => log.push(line) });
  assert.equal(resolved.path, path);
  assert.deepEqual(await Deno.readFile(path), BYTES);
  assert.deepEqual(await Deno.readFile(`${path}.wrong`), sampleBytes(10));
  assert.match(log.join("\n"), /renamed to ".*tiny\.pt\.wrong"/);
});

Deno.test("resolveWeights() uses the Hugging Face cache, the main revision first", async () => {
  await using server = noServer();
  await using store = new TemporaryStore();
  const root = "hub/models--owner--tiny";
  const other = sampleBytes(20);
  for (const [revision, bytes] of [["aaa", other], ["bbb", BYTES]] as const) {
    await store.put(`${root}/blobs/${sha256(bytes)}`, bytes);
    await Deno.mkdir(join(store.root, root, "snapshots", revision), { recursive: true });
    await Deno.symlink(
      `../../blobs/${sha256(bytes)}`,
      join(store.root, root, "snapshots", revision, "model.safetensors"),
    );
  }
  await store.put(`${root}/refs/main`, new TextEncoder().encode("bbb"));
  const entry = fakeEntry([
    urlSource(`${server.origin}/tiny.pt`),
    hubSource("model.safetensors", "pytorch_model.bin"),
  ]);
  const resolved = await resolveWeights(entry, store);
  assert.equal(resolved.sha256, SHA256);
  assert.equal(resolved.path, join(store.root, root, "snapshots/bbb/model.safetensors"));

  // A blob that is not what its name says is passed over.
  await Deno.writeFile(join(store.root, root, "blobs", SHA256), sampleBytes(30));
  const fallback = await resolveWeights(entry, store);
  assert.equal(fallback.path, join(store.root, root, "snapshots/aaa/model.safetensors"));
});

Deno.test("resolveWeights() goes through the sources until one gives the file", async () => {
  const replies: Record<string, RawReply> = {
    "/gone/tiny.pt": { status: 404 },
    "/page/tiny.pt": { headers: { "content-type": "text/html" }, body: BYTES },
    "/wrong/tiny.pt": { body: sampleBytes(50) },
    "/owner/tiny/resolve/main/model.safetensors": { status: 404 },
    "/owner/tiny/resolve/main/pytorch_model.bin": { body: BYTES },
  };
  await using server = new RawServer(({ path }) => replies[path] ?? { status: 500 });
  await using store = new TemporaryStore({ hubEndpoint: server.origin, hubToken: "secret" });
  const log: string[] = [];
  const entry = fakeEntry([
    urlSource(`${server.origin}/gone/tiny.pt`),
    urlSource(`${server.origin}/page/tiny.pt`),
    urlSource(`${server.origin}/wrong/tiny.pt`),
    hubSource("model.safetensors", "pytorch_model.bin"),
  ]);
  const resolved = await resolveWeights(entry, { ...store, log: (line) => log.push(line) });
  assert.equal(resolved.path.split("/").at(-1), "pytorch_model.bin");
  assert.deepEqual(server.requests.map(({ path }) => path), Object.keys(replies));
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.get("authorization")),
    [undefined, undefined, undefined, "Bearer secret", "Bearer secret"],
  );
  assert.equal(log.length, 4);
});

Deno.test("resolveWeights() asks a mirror instead of the public hosts, without the token", async () => {
  await using server = new RawServer(({ path }) =>
    path.endsWith("model.safetensors") ? { body: BYTES } : { status: 404 }
  );
  await using store = new TemporaryStore({
    mirror: `${server.origin}/clip`,
    hubToken: "secret",
  });
  const entry = fakeEntry([
    urlSource("https://models.example:8443/a/tiny.pt"),
    hubSource("model.safetensors"),
  ]);
  await resolveWeights(entry, store);
  assert.deepEqual(server.requests.map(({ path }) => path), [
    "/clip/models.example:8443/a/tiny.pt",
    "/clip/huggingface.co/owner/tiny/resolve/main/model.safetensors",
  ]);
  assert.ok(server.requests.every(({ headers }) => !headers.has("authorization")));
});

Deno.test("resolveWeights() without network says in one error what to do", async () => {
  const origin = CLOSED_ORIGIN;
  await using store = new TemporaryStore({ hubEndpoint: origin });
  const entry = fakeEntry([
    urlSource(`${origin}/tiny.pt`),
    hubSource("model.safetensors", "pytorch_model.bin"),
  ]);
  const clock = new FakeClock();
  await assert.rejects(resolveWeights(entry, { ...store, clock }), (error) => {
    assert.ok(error instanceof ClipError);
    assert.equal(error.kind, "unavailable");
    const target = join(store.settings.cache, "checkpoints", "Tiny-test", "tiny.pt");
    for (
      const part of [
        `weights of "Tiny::test"`,
        `${origin}/tiny.pt: connection refused`,
        `tiny.pt (sha256 ${SHA256.slice(0, 16)}…)`,
        `Put it at:    ${target}`,
        "demo-flow.yml needs none",
        "CLIPLINE_MIRROR",
      ]
    ) assert.ok(error.message.includes(part), part);
    return true;
  });
  // One pause for each host, not one for each file.
  assert.equal(clock.sleeps.length, 2);
});

Deno.test("resolveWeights() opens no connection when offline or told not to download", async () => {
  await using server = noServer();
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)]);
  for (const [offline, download] of [[true, true], [false, false]] as const) {
    await using store = new TemporaryStore({ offline });
    await assert.rejects(
      resolveWeights(entry, { ...store, download }),
      /in no cache, and downloading is switched off/,
    );
    assert.deepEqual(await store.files(), []);
  }
  assert.equal(server.requests.length, 0);
});

Deno.test("a file put where the error says is found", async () => {
  await using store = new TemporaryStore({ offline: true });
  const entry = CATALOG.find(({ name }) => name === "ViT-H-14::laion2b-s32b-b79k")!;
  const message = await resolveWeights(entry, store).then(() => "", (error) => error.message);
  const path = /Put it at:\s+(.*)/.exec(message)?.[1] ?? "";
  await store.put(path.slice(store.root.length), BYTES);
  assert.equal((await resolveWeights(entry, store)).path, path);
});

Deno.test("resolveWeights() called twice at once downloads once", async () => {
  const asked = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  await using server = new RawServer(async (request) => {
    asked.resolve();
    await waiting.promise;
    return honest(request, BYTES);
  });
  await using store = new TemporaryStore();
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)]);
  const first = resolveWeights(entry, store);
  await asked.promise;
  const log = (line: string) => {
    assert.match(line, /^Waiting for another process \(\d+\) that is getting the weights/);
    waiting.resolve();
  };
  const second = resolveWeights(entry, { ...store, log });
  const results = await Promise.all([first, second]);
  assert.equal(results[0].path, results[1].path);
  assert.equal(server.requests.length, 1);
});

Deno.test("resolveWeights() gives up waiting when it is told to stop", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using server = new RawServer(async (request) => {
    asked.resolve();
    await release.promise;
    return honest(request, BYTES);
  });
  await using store = new TemporaryStore();
  const entry = fakeEntry([urlSource(`${server.origin}/tiny.pt`)]);
  const first = resolveWeights(entry, store);
  await asked.promise;
  const controller = new AbortController();
  await assert.rejects(
    resolveWeights(entry, {
      ...store,
      signal: controller.signal,
      log: () => controller.abort(new Error("stopped")),
    }),
    /stopped/,
  );
  release.resolve();
  await first;
});

/** Takes what begins with a zero byte for another model. */
const inspect = (path: string) =>
  Deno.readFileSync(path)[0] === 0 ? "it is another model" : undefined;

Deno.test("a file without a published hash is pinned when it is first seen", async () => {
  let bytes = BYTES;
  await using server = new RawServer((request) => honest(request, bytes));
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const log: string[] = [];
  const options = { settings: store.settings, inspect, log: (line: string) => log.push(line) };
  const entry = fakeEntry([hubSource("model.safetensors")]);
  const { path } = await resolveWeights(entry, options);

  // Exchanged on disk: set aside, and asked for again.
  await Deno.writeFile(path, sampleBytes(40));
  assert.equal((await resolveWeights(entry, options)).sha256, SHA256);
  assert.match(log.join("\n"), /not the published file .*renamed to/);

  // Exchanged at its source: refused, with the record that stands for the first one.
  await Deno.remove(path);
  bytes = sampleBytes(40);
  const message = await resolveWeights(entry, options).then(() => "", (error) => error.message);
  assert.match(message, /its sha256 is .*, and was .* the first time/);
  await Deno.remove(/remove "(.*?)"/.exec(message)?.[1] ?? "");
  assert.equal((await resolveWeights(entry, options)).sha256, sha256(bytes));
});

Deno.test("a file put there by hand is pinned, too", async () => {
  await using store = new TemporaryStore({ offline: true });
  const options = { settings: store.settings, inspect };
  const entry = fakeEntry([hubSource("model.safetensors")]);
  const place = "clipline/checkpoints/Tiny-test/model.safetensors";
  const path = await store.put(place, BYTES);
  assert.equal((await resolveWeights(entry, options)).sha256, SHA256);
  await store.put(place, sampleBytes(41));
  await assert.rejects(resolveWeights(entry, options), /in no cache/);
  assert.deepEqual(await Deno.readFile(`${path}.wrong`), sampleBytes(41));
});

Deno.test("what is taken for another model is set aside with its record, and asked for again", async () => {
  await using server = new RawServer((request) => honest(request, BYTES));
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const entry = fakeEntry([hubSource("model.safetensors")]);
  // As a version that did not look into files has left it.
  const wrong = new Uint8Array(20);
  const path = await store.put("clipline/checkpoints/Tiny-test/model.safetensors", wrong);
  const record = { url: "http://mirror", sha256: sha256(wrong), bytes: wrong.length };
  await Deno.writeTextFile(`${path}.source.json`, JSON.stringify(record));
  const log: string[] = [];
  const options = { settings: store.settings, inspect, log: (line: string) => log.push(line) };
  assert.equal((await resolveWeights(entry, options)).sha256, SHA256);
  assert.match(log.join("\n"), /is not used: it is another model; renamed to ".*\.wrong"/);
});
