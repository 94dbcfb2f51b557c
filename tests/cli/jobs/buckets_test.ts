/** The commands that read inputs, on buckets of a real store. */
import assert from "node:assert/strict";
import { ObjectStores } from "../../../src/storage/open_store.ts";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { readNpyFile } from "../../support/npy_file.ts";
import { Program } from "../../support/process.ts";
import { S3Server } from "../../support/s3_server.ts";
import { startSearchServer } from "../../support/search_server.ts";

Deno.test("commands read buckets", async (t) => {
  await using server = await S3Server.start("data");
  await using samples = await bulkSamples();
  const stores = await ObjectStores.open({ environment: server.environment() });
  const bucket = stores.bucket("data");
  await Deno.writeTextFile(samples.path("photos/broken.png"), "no picture");
  for (const name of ["circle.png", "square.png", "broken.png"]) {
    await bucket.writeFile(`photos/${name}`, samples.path(`photos/${name}`));
  }
  await bucket.write(
    "captions.csv",
    new TextEncoder().encode("caption,picture\na red circle,photos/circle.png\n"),
  );
  const run = async (words: string[], env: Record<string, string> = {}) => {
    const program = new Program(words, {
      cwd: samples.folder,
      env: { ...server.variables, ...env },
    });
    const code = await program.ended();
    assert.doesNotMatch(program.stderr, /^\s+at .*\.ts:/m);
    return { code, out: program.stdout, err: program.stderr };
  };
  const rowsOf = async (folder: string) => {
    const { shape, data } = await readNpyFile(samples.path(`${folder}/embeddings_0.npy`));
    const ids = await Deno.readTextFile(samples.path(`${folder}/ids_0.jsonl`));
    return { shape, data, ids: ids.trim().split("\n").map((line) => JSON.parse(line).id) };
  };

  await t.step("encode makes of a prefix what it makes of a folder", async () => {
    const local = await run(["encode", "photos", "--out", "local", "--model", "demo"]);
    const words = ["encode", "s3://data/photos/", "--out", "remote", "--model", "demo"];
    const remote = await run(words);
    assert.equal(remote.code, 3, remote.err);
    assert.equal(local.code, 3);
    assert.deepEqual(await rowsOf("remote"), await rowsOf("local"));
    const [error] = (await Deno.readTextFile(samples.path("remote/errors.jsonl"))).split("\n");
    const { key, place } = JSON.parse(error!);
    assert.deepEqual({ key, place }, { key: "broken.png", place: "s3://data/photos/broken.png" });
    assert.match((await run(words)).out, /done before/);
  });

  await t.step("shares of it are the whole", async () => {
    const ids: string[] = [];
    for (const shard of ["1/2", "2/2"]) {
      const out = `part-${shard[0]}`;
      const words = ["encode", "s3://data/photos", "--out", out, "--shard", shard];
      await run([...words, "--model", "demo"]);
      const rows = await rowsOf(out).catch(() => ({ ids: [] }));
      ids.push(...rows.ids);
    }
    assert.deepEqual(ids.sort(), ["circle.png", "square.png"]);
  });

  await t.step("a table's images are those beside it", async () => {
    const words = ["encode", "s3://data/captions.csv", "--out", "table", "--image", "picture"];
    const { code, err } = await run([...words, "--model", "demo"]);
    assert.equal(code, 0, err);
    assert.deepEqual((await rowsOf("table")).shape, [1, 128]);
  });

  await t.step("rank takes an image of a bucket", async () => {
    const words = ["rank", "s3://data/photos/circle.png", "a red circle", "a blue square"];
    const { out, err } = await run([...words, "--model", "demo", "--json"]);
    assert.equal(JSON.parse(out || err).candidates[0].candidate, "a red circle");
    const none = await run([...words.toSpliced(1, 1, "s3://data/nope.png"), "--model", "demo"]);
    assert.match(none.err, /'s3:\/\/data\/nope.png': it is not there; if it is meant as a text/);
  });

  await t.step("index puts a prefix into a server's index, and search finds it there", async () => {
    await using search = await startSearchServer();
    const at = ["--server", search.url];
    const { code, out, err } = await run(["index", "s3://data/photos", ...at]);
    assert.equal(code, 3, err);
    assert.match(out, /2 indexed, 1 failed/);
    const found = await run(["search", "s3://data/photos/circle.png", ...at, "--limit", "1"]);
    assert.match(found.out, /circle\.png\s+s3:\/\/data\/photos\/circle\.png/);
  });

  await t.step("what is read and what is written may be in two stores", async () => {
    await using other = await S3Server.start("out");
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = other.variables;
    const profile = [
      "[profile minio]",
      `endpoint_url = ${other.url}`,
      `aws_access_key_id = ${key}`,
      `aws_secret_access_key = ${secret}`,
    ];
    await Deno.writeTextFile(samples.path("aws-config"), profile.join("\n"));
    const env = { AWS_CONFIG_FILE: samples.path("aws-config"), CLIPLINE_CACHE: samples.folder };
    const out = "s3://minio@out/embedded";
    const words = ["encode", "s3://data/photos", "--out", out, "--model", "demo"];
    const { code, err } = await run(words, env);
    assert.equal(code, 3, err);
    assert.ok((await Deno.stat(`${other.folderOf("out")}/embedded/embeddings_0.npy`)).isFile);
    assert.match((await run(words, env)).out, /s3:\/\/minio@out\/embedded.*done before/s);
  });

  await t.step("what is wrong with the store is told", async () => {
    const words = ["encode", "s3://data/photos", "--out", "none", "--model", "demo"];
    const wrong = await run(words, { AWS_SECRET_ACCESS_KEY: "wrong" });
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^Cannot look at 's3:\/\/data\/photos': the secret key/);
    const none = await run(words.with(1, "s3://data/nope"));
    assert.equal(none.code, 2);
    assert.match(none.err, /there is no such object or prefix/);
  });
});
