/** Models by name: from a cache, from a hub, converted where nobody has ready files. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { type CatalogEntry, findModel, type ModelLookup } from "../../src/model/catalog/catalog.ts";
import type { CheckpointSource } from "../../src/model/catalog/entry.ts";
import { loadFlow } from "../../src/flow/load.ts";
import { BUILDER_VERSION } from "../../src/graph/manifest.ts";
import { isFile } from "../../src/model/store/layout.ts";
import { type ProgressReporter, silentProgress } from "../../src/model/store/progress.ts";
import { prepareModel } from "../../src/server/model_source.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { CHECKPOINTS, fixtureBytes } from "../checkpoint/fixture_files.ts";
import { difference } from "../graph/tower_session.ts";
import { LFS_POINTER } from "../support/hollow_checkpoint.ts";
import { fakeEntry, TemporaryStore } from "../model/store/fakes.ts";
import { Hub, publishedFiles } from "../model/store/hub.ts";
import { honest, md5, type RawReply, RawServer } from "../model/store/raw_server.ts";
import { familyPath } from "../support/families.ts";
import { type ModelFlow, modelFlow, ModelServer } from "../support/model_server.ts";
import { onnxModel } from "../support/onnx_model.ts";
import { textReference } from "../support/pipeline_reference.ts";

const NAME = "Tiny::test";
const HUB: CheckpointSource = {
  kind: "hub",
  repository: "laion/tiny",
  files: ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"],
};
const AT_HUB = "/laion/tiny/resolve/main/open_clip_pytorch_model.bin";

/** A catalog entry that knows rn-a's sizes. */
function tinyEntry(
  checkpoints: readonly CheckpointSource[],
  rest: Partial<CatalogEntry> = {},
): CatalogEntry {
  const { architecture } = describeCheckpoint(join(CHECKPOINTS, "rn-a/openai_jit.pt.gz"));
  return fakeEntry(checkpoints, { architecture, ...rest });
}

/** A catalog of one model. */
function only(entry: CatalogEntry): { findModel: (name: string) => ModelLookup } {
  return {
    findModel: (name) =>
      name === NAME ? { ok: true, model: entry } : { ok: false, message: `no model "${name}"` },
  };
}

/** A hub that holds these files and nothing else. */
function hub(files: Record<string, Uint8Array>): RawServer {
  return new RawServer((request): RawReply => {
    const bytes = files[request.path];
    return bytes === undefined ? { status: 404 } : honest(request, bytes);
  });
}

async function assertEmbeds(server: ModelServer, most = 1e-6): Promise<void> {
  const { questions, embeds, width } = textReference("rn-a");
  const { cosine } = difference(await server.embed(questions), embeds, width);
  assert.ok(cosine <= most, `cosine distance ${cosine}`);
}

/** rn-a's ONNX pair as clip-as-service left it, and the catalog entry that knows it. */
async function cachedPair(store: TemporaryStore): Promise<CatalogEntry> {
  const directory = await onnxModel("rn-a");
  const bytes = async (name: string) => {
    const content = await Deno.readFile(join(directory, name));
    await store.put(`clip/Tiny-test/${name}`, content);
    return { file: name, md5: md5(content) };
  };
  const onnx = {
    folder: "Tiny",
    textual: await bytes("textual.onnx"),
    visual: await bytes("visual.onnx"),
  };
  return tinyEntry([HUB], { onnx });
}

Deno.test("onnx by name: the files that clip-as-service left in ~/.cache/clip are used in place", async () => {
  await using store = new TemporaryStore({ offline: true });
  const entry = await cachedPair(store);
  await using server = await ModelServer.start({ runtime: "onnx", name: NAME }, {
    ...only(entry),
    settings: store.settings,
  });
  await assertEmbeds(server);
  assert.match(server.log.join("\n"), /Ready ONNX files are used .*source=.*clip\/Tiny-test/);
  assert.equal(server.server.executors[0]?.description.source, "Tiny-test");
  assert.deepEqual(await store.files(), [
    "clip/Tiny-test/textual.onnx",
    "clip/Tiny-test/visual.onnx",
  ]);
});

Deno.test("onnx by name without ready files: the weights are fetched and converted, the log says so", async () => {
  await using server = hub({ [AT_HUB]: fixtureBytes("rn-a/openai_jit.pt") });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const lookups = { ...only(tinyEntry([HUB])), settings: store.settings };
  for (const times of [/Model converted/, /Converted model found/]) {
    await using clip = await ModelServer.start({ runtime: "onnx", name: NAME }, lookups);
    const log = clip.log.join("\n");
    assert.match(log, /There are no ready ONNX files: the PyTorch weights are converted instead/);
    assert.match(log, times);
    await assertEmbeds(clip);
    assert.deepEqual(clip.server.executors[0]?.models.slice(0, 2), [NAME, NAME]);
  }
  const fetched = server.requests.filter(({ path }) => path === AT_HUB);
  assert.equal(fetched.length, 1);
});

Deno.test("onnx by name in another number format: made from the weights, whatever ready files there are", async () => {
  await using server = hub({ [AT_HUB]: fixtureBytes("rn-a/openai_jit.pt") });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const entry = await cachedPair(store);
  await using clip = await ModelServer.start({ runtime: "onnx", name: NAME, dtype: "int8" }, {
    ...only(entry),
    settings: store.settings,
  });
  assert.match(clip.log.join("\n"), /Ready ONNX files are not int8: the PyTorch weights/);
  assert.equal(clip.server.executors[0]?.description.dtype, "int8");
  await assertEmbeds(clip, 3e-3);
});

Deno.test("torch by name: fetched once, hashed, converted, each phase shown", async () => {
  await using server = hub({ [AT_HUB]: fixtureBytes("rn-a/openai_jit.pt") });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const shown: string[] = [];
  const progress: ProgressReporter = {
    begin: (name, _done, _total, words) => {
      shown.push(`${name}: ${words?.doing ?? "downloading"}`);
      let last = 0;
      return {
        update: (done) => {
          assert.ok(done >= last);
          last = done;
        },
        note: () => {},
        // The first name that is tried is not there.
        end: (ok) => assert.equal(ok, !name.endsWith("safetensors")),
      };
    },
  };
  await using clip = await ModelServer.start({ runtime: "torch", name: NAME }, {
    ...only(tinyEntry([HUB])),
    settings: store.settings,
    progress,
  });
  await assertEmbeds(clip);
  assert.deepEqual(shown.map((line) => line.replace(/^.*: /, "")).slice(-2), [
    "hashing the weights,",
    "converting to ONNX graphs of",
  ]);
  assert.equal(shown.filter((line) => line.endsWith(".bin: downloading")).length, 1);
});

Deno.test("another model at a name's address is not served under that name, and the next source is asked", async () => {
  const safetensors = "/laion/tiny/resolve/main/open_clip_model.safetensors";
  await using server = hub({
    [safetensors]: fixtureBytes("vit-a/openai_jit.pt"),
    [AT_HUB]: fixtureBytes("rn-a/openai_jit.pt"),
  });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  await using clip = await ModelServer.start({ runtime: "torch", name: NAME }, {
    ...only(tinyEntry([HUB])),
    settings: store.settings,
  });
  assert.match(
    clip.log.join("\n"),
    /open_clip_model\.safetensors: sent a file that is not the right one: it is another model: it has .*image tower of kind vit instead of resnet/,
  );
  await assertEmbeds(clip);
});

Deno.test("ready ONNX files of another model under a name are set aside, and the weights converted", async () => {
  await using server = hub({ [AT_HUB]: fixtureBytes("rn-a/openai_jit.pt") });
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const folder = "clipline/onnx/Tiny-test";
  await store.put(`${folder}/textual.onnx`, new TextEncoder().encode(LFS_POINTER));
  await store.put(
    `${folder}/visual.onnx`,
    await Deno.readFile(join(await onnxModel("rn-a"), "visual.onnx")),
  );
  await using clip = await ModelServer.start({ runtime: "onnx", name: NAME }, {
    ...only(tinyEntry([HUB])),
    settings: store.settings,
  });
  assert.match(clip.log.join("\n"), /textual\.onnx" is not used: .*renamed to ".*\.wrong"/);
  assert.match(clip.log.join("\n"), /There are no ready ONNX files/);
  await assertEmbeds(clip);
});

Deno.test("a model that cannot be had ends the start with what to do", async () => {
  await using store = new TemporaryStore({ offline: true });
  const settings = store.settings;
  const torch = await store.put("onnx/textual.onnx", new Uint8Array(1));
  const cases: [ModelFlow, kind: string, RegExp][] = [
    [{ runtime: "torch", name: NAME }, "unavailable", /downloading is switched off[^]*Put it at/],
    [{ runtime: "onnx", name: NAME }, "unavailable", /downloading is switched off[^]*Put it at/],
    [{ runtime: "torch", name: "other" }, "config", /no model "other"/],
    [{ runtime: "torch", modelPath: join(torch, "..") }, "config", /clip_onnx/],
    [
      { runtime: "onnx", dtype: "int8", modelPath: await onnxModel("rn-a") },
      "config",
      /dtype 'int8' cannot be applied to the ready ONNX files/,
    ],
  ];
  for (const [flow, kind, message] of cases) {
    await assert.rejects(
      ModelServer.start(flow, { ...only(tinyEntry([HUB])), settings }),
      (error: { kind: string; message: string }) => {
        assert.equal(error.kind, kind, error.message);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

Deno.test("a model that is known and not supported is told to be by name", async () => {
  await using store = new TemporaryStore({ offline: true });
  for (const runtime of ["torch", "onnx"] as const) {
    await assert.rejects(
      ModelServer.start({ runtime, name: "nllb-clip-base-siglip::v1" }, store),
      { kind: "config", message: /not supported: it has a text tower \(NLLB's/ },
    );
  }
});

Deno.test("ready ONNX files are not taken for a model with a tokenizer of its own", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = await onnxModel("rn-a");
  const start = ModelServer.start(
    { runtime: "onnx", name: "M-CLIP/LABSE-Vit-L-14", modelPath },
    store,
  );
  await assert.rejects(start, {
    kind: "config",
    message: /'M-CLIP\/LABSE-Vit-L-14' has a tokenizer of its own, which the ready ONNX files of/,
  });
});

Deno.test("M-CLIP by name: two downloads become one model, and only once", async () => {
  const name = "M-CLIP/XLM-Roberta-Large-Vit-B-32";
  const folder = (part: string) => familyPath(`mclip-xlm-roberta/${part}`);
  const state = openCheckpoint({ text: folder("text"), image: folder("image") });
  const { architecture } = state;
  state.close();
  const own = describeCheckpoint(folder("image")).architecture;
  const images = fakeEntry([{ kind: "hub", repository: "openai/images", files: ["ViT.pt"] }], {
    name: "Images::test",
    architecture: own,
  });
  const found = findModel(name);
  assert.ok(found.ok);
  const entry: CatalogEntry = { ...found.model, architecture, images };
  await using server = new Hub()
    .put(name, publishedFiles("mclip-xlm-roberta/text"))
    .put("openai/images", publishedFiles("mclip-xlm-roberta/image"));
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  const text = modelFlow({ runtime: "torch", name });
  const [config] = loadFlow({ text, name: "flow.yml" }, {}).executors;
  const prepare = () =>
    prepareModel(config!, {
      settings: store.settings,
      findModel: () => ({ ok: true, model: entry }),
      target: "cpu",
      dtype: "fp32",
      log: SILENT_LOG,
      progress: silentProgress,
    });
  const model = await prepare();
  const asked = server.asked.length;
  assert.ok(model.names.includes("immich-app/XLM-Roberta-Large-Vit-B-32"));
  assert.match(
    model.source,
    /M-CLIP-XLM-Roberta-Large-Vit-B-32\/pytorch_model\.bin and .*ViT\.pt$/,
  );
  assert.deepEqual(model.files.tokenizer, architecture.text.tokenizer);
  assert.ok(await isFile(join(dirname(model.files.textual), "tokenizer.json")));
  assert.deepEqual((await prepare()).files, model.files);
  assert.equal(server.asked.length, asked);
});

Deno.test("timeout_ready ends a start whose download hangs", async () => {
  await using server = new RawServer(() => ({ length: 1000, body: new Uint8Array(1), hold: true }));
  await using store = new TemporaryStore({ hubEndpoint: server.origin });
  await assert.rejects(
    ModelServer.start({ runtime: "torch", name: NAME, timeoutReady: 500 }, {
      ...only(tinyEntry([HUB])),
      settings: store.settings,
    }),
    { kind: "unavailable", message: /Executor 'clip' was not ready within 500 ms: raise its/ },
  );
  assert.ok(server.requests.length > 0);
});

/** The names of an ONNX directory whose manifest says that it was made of weights of this hash. */
async function namesOfConverted(sha256: string, name: string): Promise<readonly string[]> {
  await using store = new TemporaryStore({ offline: true });
  const { architecture } = describeCheckpoint(join(CHECKPOINTS, "rn-a/openai_jit.pt.gz"));
  const manifest = JSON.stringify({
    builderVersion: BUILDER_VERSION,
    dtype: "fp32",
    target: "cpu",
    pixels: "uint8",
    architecture,
    logitScale: null,
    logitBias: null,
    parameterCount: 1,
    source: { label: "somewhere.pt", sha256 },
    files: {},
  });
  const path = await store.put("graphs/clipline.json", new TextEncoder().encode(manifest));
  const text = modelFlow({ runtime: "onnx", name, modelPath: dirname(path) });
  const [config] = loadFlow({ text, name: "flow.yml" }, {}).executors;
  const { names } = await prepareModel(config!, {
    settings: store.settings,
    target: "cpu",
    dtype: "fp32",
    log: SILENT_LOG,
    progress: silentProgress,
  });
  return names;
}

Deno.test("onnx by path: graphs of published weights have all their names, others the flow's", async () => {
  const openai = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af";
  const names = await namesOfConverted(openai, "mine");
  assert.ok(names.includes("openai/clip-vit-base-patch32"));
  assert.deepEqual(await namesOfConverted("0".repeat(64), "mine"), ["mine"]);
  assert.ok((await namesOfConverted("0".repeat(64), "clip-ViT-L-14")).includes("ViT-L-14::openai"));
});
