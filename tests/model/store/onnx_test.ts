import assert from "node:assert/strict";
import { join } from "node:path";
import { findOnnx, resolveOnnx } from "../../../src/model/store/onnx.ts";
import { buildZip } from "../../checkpoint/containers/build_zip.ts";
import { CLOSED_ORIGIN, FakeClock, fakeEntry, TemporaryStore } from "./fakes.ts";
import { honest, md5, type RawReply, RawServer, sampleBytes } from "./raw_server.ts";

const TEXTUAL = sampleBytes(700);
const VISUAL = sampleBytes(900);

const PAIR = {
  folder: "Tiny",
  textual: { file: "textual.onnx", md5: md5(TEXTUAL) },
  visual: { file: "visual.onnx", md5: md5(VISUAL) },
};
const HUB = {
  repository: "Xenova/tiny",
  textual: "onnx/text_model.onnx",
  visual: "onnx/vision_model.onnx",
};
const entry = fakeEntry([], { onnx: PAIR, onnxHub: HUB });

const AT_JINA = {
  textual: "/jinaai/clip-models/resolve/main/Tiny-textual.onnx",
  visual: "/jinaai/clip-models/resolve/main/Tiny-visual.onnx",
};
const AT_HUB = {
  textual: "/Xenova/tiny/resolve/main/onnx/text_model.onnx",
  visual: "/Xenova/tiny/resolve/main/onnx/vision_model.onnx",
};

/** A hub that holds the given paths and nothing else. */
function hub(files: Record<string, Uint8Array>): RawServer {
  return new RawServer((request): RawReply => {
    const bytes = files[request.path];
    return bytes === undefined ? { status: 404 } : honest(request, bytes);
  });
}

Deno.test("resolveOnnx() uses clip-as-service's folders, whichever spelling named them", async () => {
  for (const folder of ["Tiny", "Tiny-1", "Tiny-test"]) {
    await using store = new TemporaryStore({ offline: true });
    const textual = await store.put(`clip/${folder}/textual.onnx`, TEXTUAL);
    const visual = await store.put(`clip/${folder}/visual.onnx`, VISUAL);
    const path = join(store.settings.clipCache, folder);
    const expected = { kind: "onnx-directory", path, textual, visual, source: path };
    assert.deepEqual(await resolveOnnx(entry, store), expected);
  }
});

Deno.test("resolveOnnx() passes over files of clip-as-service that are not the published ones", async () => {
  await using store = new TemporaryStore({ offline: true });
  await store.put("clip/Tiny/textual.onnx", TEXTUAL);
  await store.put("clip/Tiny/visual.onnx", sampleBytes(5));
  const log: string[] = [];
  const found = await resolveOnnx(entry, { ...store, log: (line) => log.push(line) });
  assert.equal(found, undefined);
  assert.match(log.join("\n"), /visual\.onnx" is not used: it is not the published file/);
});

Deno.test("resolveOnnx() takes what was put into its own folder by hand", async () => {
  await using store = new TemporaryStore({ offline: true });
  await store.put("clipline/onnx/Tiny-test/textual.onnx", sampleBytes(3));
  assert.equal(await findOnnx(entry, store), undefined, "half a pair is none");
  await store.put("clipline/onnx/Tiny-test/visual.onnx", sampleBytes(4));
  const found = await findOnnx(entry, store);
  assert.equal(found?.path, join(store.settings.cache, "onnx/Tiny-test"));
});

Deno.test("resolveOnnx() uses a transformers.js export of the Hugging Face cache", async () => {
  await using store = new TemporaryStore({ offline: true });
  const snapshot = "hub/models--Xenova--tiny/snapshots/abc/onnx";
  const textual = await store.put(`${snapshot}/text_model.onnx`, TEXTUAL);
  const visual = await store.put(`${snapshot}/vision_model.onnx`, VISUAL);
  const found = await resolveOnnx(entry, store);
  assert.deepEqual([found?.textual, found?.visual], [textual, visual]);
});

Deno.test("resolveOnnx() downloads clip-as-service's files, checked by their md5", async () => {
  await using server = hub({ [AT_JINA.textual]: TEXTUAL, [AT_JINA.visual]: VISUAL });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const found = await resolveOnnx(entry, store);
  assert.equal(found?.source, server.origin + AT_JINA.visual);
  const folder = join(store.settings.cache, "onnx/Tiny-test");
  assert.deepEqual(
    [found.textual, found.visual],
    [join(folder, "textual.onnx"), join(folder, "visual.onnx")],
  );
  assert.deepEqual(await Deno.readFile(found.textual), TEXTUAL);
  assert.deepEqual(await Deno.readFile(found.visual), VISUAL);
  assert.equal((await resolveOnnx(entry, store))?.path, found.path);
  assert.equal(server.requests.length, 2);
});

Deno.test("resolveOnnx() goes on to the next export when one is not whole or not right", async () => {
  await using server = hub({
    [AT_JINA.textual]: TEXTUAL,
    [AT_JINA.visual]: sampleBytes(20),
    [AT_HUB.textual]: sampleBytes(30),
    [AT_HUB.visual]: sampleBytes(40),
  });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const found = await resolveOnnx(entry, store);
  assert.equal(found?.source, server.origin + AT_HUB.visual);
  assert.deepEqual(await Deno.readFile(found.textual), sampleBytes(30));
  assert.deepEqual(await Deno.readFile(found.visual), sampleBytes(40));
});

Deno.test("resolveOnnx() answers undefined when nobody has the files", async () => {
  await using server = hub({});
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  assert.equal(await resolveOnnx(entry, store), undefined);
  assert.equal(server.requests.length, 2, "one question for each export");
  assert.deepEqual(await store.files(), []);
});

Deno.test("resolveOnnx() does not insist when the hub cannot be reached", async () => {
  await using store = new TemporaryStore({ hubEndpoint: CLOSED_ORIGIN });
  const clock = new FakeClock();
  assert.equal(await resolveOnnx(entry, { ...store, clock }), undefined);
  assert.equal(clock.sleeps.length, 1);
});

Deno.test("resolveOnnx() keeps the half that an interrupted run has downloaded", async () => {
  let broken = true;
  await using server = new RawServer((request) => {
    if (request.path === AT_JINA.textual) return honest(request, TEXTUAL);
    return broken ? { length: VISUAL.length, hold: true } : honest(request, VISUAL);
  });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const controller = new AbortController();
  const only = fakeEntry([], { onnx: PAIR });
  const stopped = resolveOnnx(only, {
    ...store,
    signal: controller.signal,
    progress: {
      begin(name) {
        // The answer to the second request never comes; by then the first file is in place.
        if (name === "visual.onnx") queueMicrotask(() => controller.abort(new Error("stopped")));
        return { update() {}, note() {}, end() {} };
      },
    },
  });
  await assert.rejects(stopped, /stopped/);
  broken = false;
  server.requests.length = 0;
  const found = await resolveOnnx(only, store);
  assert.deepEqual(await Deno.readFile(found!.visual), VISUAL);
  assert.deepEqual(server.requests.map(({ path }) => path), [AT_JINA.visual]);
});

Deno.test("resolveOnnx() unpacks a graph that is zipped with its external data", async () => {
  const zip = buildZip([
    { name: "visual.onnx", data: VISUAL },
    { name: "visual.onnx.data", data: sampleBytes(5_000) },
  ]);
  const zipped = fakeEntry([], {
    onnx: { ...PAIR, visual: { file: "visual.zip", md5: md5(zip) } },
  });
  await using store = new TemporaryStore({ offline: true });
  const textual = await store.put("clip/Tiny/textual.onnx", TEXTUAL);
  await store.put("clip/Tiny/visual.zip", zip);
  const found = await resolveOnnx(zipped, store);
  assert.equal(found?.textual, textual);
  assert.equal(found.path, join(store.settings.clipCache, "Tiny"));
  assert.ok(found.visual.startsWith(store.settings.cache));
  assert.deepEqual(await Deno.readFile(found.visual), VISUAL);
  assert.deepEqual(await Deno.readFile(`${found.visual}.data`), sampleBytes(5_000));
});
