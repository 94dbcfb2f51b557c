/** Models in buckets of a real store. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../../../src/errors.ts";
import {
  type BucketModelOptions,
  copyBucketModel,
} from "../../../src/model/store/bucket/bucket_model.ts";
import { pruneCopies } from "../../../src/model/store/bucket/prune_copies.ts";
import type { ModelKind } from "../../../src/model/store/bucket/needed_files.ts";
import { readStoreSettings } from "../../../src/model/store/settings.ts";
import type { ObjectStore } from "../../../src/storage/object_store.ts";
import { ObjectStores } from "../../../src/storage/open_store.ts";
import { type Fault, FaultyProxy } from "../../support/faulty_proxy.ts";
import { S3Server } from "../../support/s3_server.ts";

const HASTE = { tries: 2, firstDelayMs: 1, mostDelayMs: 10, answerMs: 20_000, stallMs: 20_000 };

/** A bucket `models`, reached through a proxy, and a cache. */
class World implements AsyncDisposable {
  readonly proxy: FaultyProxy;
  readonly bucket: ObjectStore;
  readonly cache: string;
  readonly warnings: string[] = [];
  readonly fetched: string[] = [];
  /** What the last copy said of itself. */
  fresh: boolean | undefined;
  readonly #server: S3Server;
  readonly #stores: ObjectStores;

  private constructor(server: S3Server, proxy: FaultyProxy, stores: ObjectStores, cache: string) {
    this.#server = server;
    this.proxy = proxy;
    this.#stores = stores;
    this.bucket = stores.bucket("models");
    this.cache = cache;
  }

  static async make(): Promise<World> {
    const server = await S3Server.start("models");
    const proxy = await FaultyProxy.to(server.port);
    const environment = server.environment({ AWS_ENDPOINT_URL: proxy.url });
    const stores = await ObjectStores.open({ environment, patience: HASTE });
    return new World(server, proxy, stores, await Deno.makeTempDir());
  }

  async put(files: Record<string, string>): Promise<void> {
    for (const [key, text] of Object.entries(files)) {
      await this.bucket.write(key, new TextEncoder().encode(text));
    }
  }

  /** Copies, and notes what is fetched. */
  async copy(
    address: string,
    kind: ModelKind,
    more: Partial<BucketModelOptions> & { offline?: boolean } = {},
  ): Promise<string> {
    this.fetched.length = 0;
    const env = (name: string) =>
      name === "CLIPLINE_CACHE"
        ? this.cache
        : name === "CLIPLINE_OFFLINE" && more.offline
        ? "1"
        : undefined;
    const { path, fresh } = await copyBucketModel(address, kind, {
      settings: readStoreSettings(env),
      openStores: () => Promise.resolve(this.#stores),
      warn: (line) => this.warnings.push(line),
      progress: {
        begin: (name, done) => {
          this.fetched.push(done === 0 ? name : `${name} from ${done}`);
          return { update() {}, note() {}, end() {} };
        },
      },
      ...more,
    });
    this.fresh = fresh;
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await Deno.remove(this.cache, { recursive: true });
  }
}

function rejects(work: Promise<unknown>, kind: ClipError["kind"], message: RegExp): Promise<void> {
  return assert.rejects(work, (thrown) => {
    assert.ok(thrown instanceof ClipError, String(thrown));
    assert.match(thrown.message, message);
    assert.equal(thrown.kind, kind);
    return true;
  });
}

async function namesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      names.push(...(await namesBelow(join(folder, name))).map((inner) => `${name}/${inner}`));
    } else names.push(name);
  }
  return names.sort();
}

Deno.test("what of a model in a bucket is copied", async (t) => {
  await using world = await World.make();
  const check = async (address: string, kind: ModelKind, wanted: string[]) => {
    const path = await world.copy(address, kind);
    assert.equal(world.fresh, true);
    assert.deepEqual(world.fetched.toSorted(), wanted);
    const info = await Deno.stat(path);
    const folder = info.isDirectory ? path : join(path, "..");
    assert.deepEqual(await namesBelow(folder), wanted);
    world.fetched.length = 0;
    assert.equal(await world.copy(address, kind), path);
    assert.deepEqual(world.fetched, [], "the second time nothing is fetched");
    assert.equal(world.fresh, false);
    return path;
  };

  await t.step("weights, configs and tokenizer, and nothing else that lies there", async () => {
    await world.put({
      "hf/model.safetensors": "weights",
      "hf/pytorch_model.bin": "the same weights",
      "hf/config.json": "{}",
      "hf/preprocessor_config.json": "{}",
      "hf/vocab.txt": "a",
      "hf/README.md": "?",
      "hf/optimizer.pt": "?",
      "hf/checkpoints/epoch_1.pt": "?",
    });
    await check("s3://models/hf", "checkpoint", [
      ...["config.json", "model.safetensors", "preprocessor_config.json", "vocab.txt"],
    ]);
    assert.equal(
      await world.copy("s3://models/hf/", "checkpoint"),
      await world.copy("s3://models/hf", "checkpoint"),
    );
    assert.deepEqual(world.fetched, []);
  });

  await t.step("a file with what lies beside it", async () => {
    const path = await check("s3://models/hf/pytorch_model.bin", "checkpoint", [
      ...["config.json", "preprocessor_config.json", "pytorch_model.bin", "vocab.txt"],
    ]);
    assert.equal(await Deno.readTextFile(path), "the same weights");
  });

  await t.step("the shards that an index names", async () => {
    const index = { weight_map: { a: "m-1.safetensors", b: "m-2.safetensors", c: "../../x" } };
    await world.put({
      "big/model.safetensors.index.json": JSON.stringify(index),
      "big/m-1.safetensors": "1",
      "big/m-2.safetensors": "2",
      "big/m-3.safetensors": "3",
    });
    await check("s3://models/big", "checkpoint", [
      ...["m-1.safetensors", "m-2.safetensors", "model.safetensors.index.json"],
    ]);
  });

  await t.step("a model of two checkpoints", async () => {
    await world.put({ "two/text/model.safetensors": "t", "two/image/ViT.pt": "i" });
    await check("s3://models/two", "checkpoint", ["image/ViT.pt", "text/model.safetensors"]);
  });

  await t.step("two graphs with their weights, of all that lies there", async () => {
    await world.put({
      "hub/onnx/text_model.onnx": "t",
      "hub/onnx/text_model.onnx_data": "td",
      "hub/onnx/vision_model.onnx": "v",
      "hub/onnx/text_model_fp16.onnx": "no",
      "hub/onnx/text_model_fp16.onnx_data": "no",
      "hub/onnx/model.onnx": "no",
      "hub/preprocessor_config.json": "{}",
      "hub/model.safetensors": "no",
    });
    await check("s3://models/hub", "onnx", [
      ...["onnx/text_model.onnx", "onnx/text_model.onnx_data", "onnx/vision_model.onnx"],
      "preprocessor_config.json",
    ]);
  });

  await t.step("what was converted before, whole", async () => {
    await world.put({
      "conv/clipline.json": "{}",
      "conv/textual.onnx": "t",
      "conv/visual.onnx": "v",
      "conv/tokenizer.json": "{}",
    });
    await check("s3://models/conv", "onnx", [
      ...["clipline.json", "textual.onnx", "tokenizer.json", "visual.onnx"],
    ]);
  });

  await t.step("what is no model is told by what lies there", async () => {
    const fails = (address: string, kind: ModelKind, message: RegExp) =>
      rejects(world.copy(address, kind), "config", message);
    await fails("s3://models/nope", "checkpoint", /no model at 's3:\/\/models\/nope': no such/);
    await world.put({ "many/a.pt": "a", "many/b.pt": "b" });
    await fails("s3://models/many", "checkpoint", /'s3:\/\/models\/many' holds more than one/);
    await fails("s3://models/hf", "onnx", /no CLIP model in 's3:\/\/models\/hf': wanted textual/);
    await fails("s3://nobody/x", "onnx", /there is no bucket 'nobody'/);
  });
});

Deno.test("copies of models in buckets", async (t) => {
  await using world = await World.make();
  const address = "s3://models/m";
  await world.put({ "m/model.pt": "first", "m/config.json": "{}" });
  const first = await world.copy(address, "checkpoint");

  await t.step(
    "what has changed is copied anew, what has not is kept with its version",
    async () => {
      await world.put({ "m/model.pt": "second" });
      const second = await world.copy(address, "checkpoint");
      assert.notEqual(second, first);
      assert.equal(await Deno.readTextFile(join(second, "model.pt")), "second");
      assert.deepEqual(world.fetched, ["model.pt"], "the config is the same");
      assert.equal(await Deno.readTextFile(join(second, "config.json")), "{}");
      assert.equal(await Deno.readTextFile(join(first, "model.pt")), "first");
    },
  );

  await t.step(
    "where the bucket is not reached the last copy is used, with a warning",
    async () => {
      world.proxy.fault = () => ({ answer: 503 });
      const path = await world.copy(address, "checkpoint");
      assert.equal(await Deno.readTextFile(join(path, "model.pt")), "second");
      assert.match(
        world.warnings.pop()!,
        /503 \(SlowDown\)\. The copy of 's3:\/\/models\/m' that was fetched/,
      );
      await rejects(world.copy("s3://models/other", "checkpoint"), "unavailable", /answers 503/);
      world.proxy.fault = () => undefined;
    },
  );

  await t.step("offline nobody is asked", async () => {
    world.proxy.seen.length = 0;
    const path = await world.copy(address, "checkpoint", { offline: true });
    assert.equal(await Deno.readTextFile(join(path, "model.pt")), "second");
    const other = world.copy("s3://models/other", "checkpoint", { offline: true });
    await rejects(other, "unavailable", /not in the cache, and CLIPLINE_OFFLINE is set/);
    assert.deepEqual(world.proxy.seen, []);
  });

  await t.step("whoever may not read it any more is not given the copy", async () => {
    world.proxy.fault = () => ({ answer: 403, body: "<Error><Code>AccessDenied</Code></Error>" });
    await rejects(world.copy(address, "checkpoint"), "config", /access is denied/);
    world.proxy.fault = () => undefined;
  });

  await t.step("prune removes the versions that were replaced", async () => {
    const pruned = await pruneCopies(world.cache);
    assert.deepEqual(
      pruned.map(({ directory, label, bytes, reason, removed }) => {
        return { directory, label, bytes, reason, removed };
      }),
      [{
        directory: first,
        label: address,
        bytes: 7,
        reason: "replaced in the bucket",
        removed: true,
      }],
    );
    assert.deepEqual(await pruneCopies(world.cache), []);
    await world.copy(address, "checkpoint");
    assert.deepEqual(world.fetched, []);
  });

  await t.step("a copy with a file missing is fetched anew", async () => {
    const path = await world.copy(address, "checkpoint");
    await Deno.remove(join(path, "model.pt"));
    await world.copy(address, "checkpoint");
    assert.deepEqual(world.fetched, ["model.pt"]);
  });
});

Deno.test("fetching a model from a bucket", async (t) => {
  await using world = await World.make();
  const text = "0123456789".repeat(200_000);
  await world.put({ "m/model.pt": text });
  const model = ({ method, path }: { method: string; path: string }) =>
    method === "GET" && /^\/models\/[md]\/model.pt/.test(path);

  /** The store breaks off once, and does not answer then. */
  const breakOff = () => {
    let answers = 0;
    return (passing: { method: string; path: string }): Fault | undefined =>
      !model(passing) ? undefined : answers++ === 0 ? { cutAfter: 300_000 } : { answer: 503 };
  };

  await t.step("it goes on where an earlier process stopped", async () => {
    world.proxy.fault = breakOff();
    await rejects(world.copy("s3://models/m", "checkpoint"), "unavailable", /answers 503/);
    world.proxy.fault = () => undefined;
    const path = await world.copy("s3://models/m", "checkpoint");
    assert.deepEqual(world.fetched, ["model.pt from 300000"]);
    assert.equal(await Deno.readTextFile(join(path, "model.pt")), text);
    assert.deepEqual(await namesBelow(path), ["model.pt"]);
  });

  await t.step("a part that is damaged is found out, and fetched once more", async () => {
    await world.put({ "d/model.pt": `x${text}` });
    world.proxy.fault = breakOff();
    await rejects(world.copy("s3://models/d", "checkpoint"), "unavailable", /answers 503/);
    world.proxy.fault = () => undefined;
    for (const name of (await namesBelow(world.cache)).filter((name) => name.endsWith(".part"))) {
      using file = await Deno.open(join(world.cache, name), { write: true });
      await file.write(new TextEncoder().encode("damaged"));
    }
    const path = await world.copy("s3://models/d", "checkpoint");
    assert.equal(world.fetched.length, 2);
    assert.equal(await Deno.readTextFile(join(path, "model.pt")), `x${text}`);
  });

  await t.step("two processes fetch it once", async () => {
    await world.put({ "n/model.pt": text });
    const both = ["a", "b"].map(() => world.copy("s3://models/n", "checkpoint"));
    const [a, b] = await Promise.all(both);
    assert.equal(a, b);
    const gets = world.proxy.seen.filter(({ method, path, headers }) =>
      method === "GET" && path.startsWith("/models/n/model.pt") && headers.range === undefined
    );
    assert.equal(gets.length, 1);
  });
});
