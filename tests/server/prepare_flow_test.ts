/** What `model prepare` does for a flow: after it a start fetches and converts nothing. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { loadFlow } from "../../src/flow/load.ts";
import type { CatalogEntry, ModelLookup } from "../../src/model/catalog/catalog.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import type { AdapterReport } from "../../src/runtime/adapters.ts";
import type { DeviceSystem } from "../../src/runtime/device_types.ts";
import { type FlowPreparation, prepareFlow } from "../../src/server/prepare_flow.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { CHECKPOINTS, fixtureBytes } from "../checkpoint/fixture_files.ts";
import { difference } from "../graph/tower_session.ts";
import { fakeEntry, TemporaryStore } from "../model/store/fakes.ts";
import { honest, RawServer } from "../model/store/raw_server.ts";
import { modelFlow, ModelServer } from "../support/model_server.ts";
import { textReference } from "../support/pipeline_reference.ts";

const NAME = "Tiny::test";
const MODEL = { runtime: "torch", name: NAME } as const;
const FILE = "/huggingface.co/laion/tiny/resolve/main/open_clip_pytorch_model.bin";

/** A mirror that has one model, and nothing else. */
function mirror(): RawServer {
  const bytes = fixtureBytes("rn-a/openai_jit.pt");
  return new RawServer((request) =>
    request.path === FILE ? honest(request, bytes) : { status: 404 }
  );
}

function lookup(): { findModel: (name: string) => ModelLookup } {
  const { architecture } = describeCheckpoint(join(CHECKPOINTS, "rn-a/openai_jit.pt.gz"));
  const repository = "laion/tiny";
  const files = ["open_clip_pytorch_model.bin"];
  const model: CatalogEntry = fakeEntry([{ kind: "hub", repository, files }], { architecture });
  return { findModel: () => ({ ok: true, model }) };
}

function flowOf(device: string, rest: Record<string, unknown> = {}) {
  const flow = JSON.parse(modelFlow(MODEL));
  Object.assign(flow.executors[0].uses.with, { device, ...rest });
  return loadFlow({ text: JSON.stringify(flow), name: "test-flow.yml" }, {});
}

/** A machine with these adapters, where all that is there works. */
function machine(report: AdapterReport): DeviceSystem {
  return {
    listAdapters: () => Promise.resolve(report),
    missingLibraries: () => ({ provider: [], system: [] }),
    probe: () => Promise.resolve(undefined),
  };
}

const BARE = machine({ adapters: [], problems: { cuda: "no driver", webgpu: "no adapter" } });
const CUDA = machine({
  adapters: [{ api: "cuda", name: "H100", software: false, nvidia: true }],
  problems: {},
});

/** A store with a mirror, and how flows are prepared into it. */
function surroundings(): AsyncDisposable & {
  store: TemporaryStore;
  server: RawServer;
  context: FlowPreparation;
} {
  const server = mirror();
  const store = new TemporaryStore({ mirror: server.origin });
  const context = {
    ...lookup(),
    settings: store.settings,
    log: SILENT_LOG,
    progress: silentProgress,
    devices: BARE,
    signal: new AbortController().signal,
  };
  return {
    store,
    server,
    context,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

Deno.test("prepareFlow() leaves a start nothing to fetch or convert: it serves without a network", async () => {
  await using around = surroundings();
  const { server, store, context } = around;
  const flow = flowOf("cpu");
  const [first] = await prepareFlow(flow, context);
  assert.deepEqual(first, { ...first, name: "clip", target: "cpu", dtype: "fp32", fresh: true });
  const offline = { ...store.settings, offline: true };
  const [second] = await prepareFlow(flow, { ...context, settings: offline });
  assert.deepEqual(second, { ...first, fresh: false });
  const asked = server.requests.length;
  await using clip = await ModelServer.start(MODEL, { ...lookup(), settings: offline });
  const { questions, embeds, width } = textReference("rn-a");
  assert.ok(difference(await clip.embed(questions), embeds, width).cosine <= 1e-6);
  assert.match(clip.log.join("\n"), new RegExp(`Converted model found .*${first!.folder}`));
  assert.equal(server.requests.length, asked);
});

Deno.test("prepareFlow() of several at once into one cache fetches and converts once", async () => {
  await using around = surroundings();
  const { server, store, context } = around;
  const all = await Promise.all(
    Array.from({ length: 4 }, () => prepareFlow(flowOf("cpu"), context)),
  );
  assert.equal(new Set(all.map(([one]) => one!.folder)).size, 1);
  assert.ok(all.some(([one]) => one!.fresh));
  assert.equal(server.requests.filter(({ path }) => path === FILE).length, 1);
  const graphs = await Array.fromAsync(Deno.readDir(join(store.settings.cache, "graphs")));
  assert.equal(graphs.length, 1, JSON.stringify(graphs));
});

Deno.test("prepareFlow() prepares for the device that serves, whether this machine has it or not", async () => {
  await using around = surroundings();
  const { context } = around;
  const prepared = async (
    device: string,
    auto: "cpu" | "gpu" | undefined,
    devices: DeviceSystem,
    rest: Record<string, unknown> = {},
  ) => {
    const [one] = await prepareFlow(flowOf(device, rest), { ...context, auto, devices });
    return `${one!.target} ${one!.dtype}`;
  };
  assert.equal(await prepared("cuda", undefined, BARE), "gpu fp16");
  assert.equal(await prepared("cuda", "cpu", BARE), "gpu fp16", "what is named goes first");
  assert.equal(await prepared("cuda", undefined, CUDA), "gpu fp16");
  assert.equal(await prepared("webgpu", undefined, BARE), "gpu fp16");
  assert.equal(await prepared("auto", undefined, BARE), "cpu fp32");
  assert.equal(await prepared("auto", undefined, CUDA), "gpu fp16");
  assert.equal(await prepared("auto", "gpu", BARE), "gpu fp16");
  assert.equal(await prepared("auto", "cpu", CUDA), "cpu fp32");
  assert.equal(await prepared("cpu", "gpu", CUDA), "cpu fp32", "what is named goes first");
  assert.equal(await prepared("auto", "gpu", BARE, { dtype: "fp32" }), "gpu fp32");
  assert.equal(await prepared("auto", "gpu", BARE, { dtype: "int8" }), "cpu int8");
});

Deno.test("prepareFlow() with jit optimises the graphs too, where the device is here", async () => {
  await using around = surroundings();
  const { context, store } = around;
  const optimized = join(store.settings.cache, "optimized");
  const flow = flowOf("cpu", { jit: true });
  const [gpu] = await prepareFlow(flowOf("cuda", { jit: true }), context);
  assert.equal(gpu!.target, "gpu");
  await assert.rejects(Deno.stat(optimized));
  await prepareFlow(flow, context);
  const made = [...Deno.readDirSync(optimized)].map(({ name }) => name);
  assert.equal(made.length, 1, made.join());
  assert.match(made[0]!, /-cpu$/);
});

Deno.test("prepareFlow() ends when it is told to, and says what cannot be had", async () => {
  await using around = surroundings();
  const { context, store } = around;
  const settings = { ...store.settings, offline: true };
  await assert.rejects(
    prepareFlow(flowOf("cpu"), { ...context, settings }),
    /Cannot get the weights of "Tiny::test": they are in no cache/,
  );
  const stop = new AbortController();
  const preparing = prepareFlow(flowOf("cpu"), {
    ...context,
    signal: stop.signal,
    progress: {
      begin: (...args) => {
        stop.abort(new Error("stopped"));
        return silentProgress.begin(...args);
      },
    },
  });
  await assert.rejects(preparing, /stopped/);
  assert.equal(dirname(settings.cache), store.root);
});
