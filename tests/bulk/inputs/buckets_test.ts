/** Inputs in buckets of a real store, beside the same files in a folder. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import type { InputOptions } from "../../../src/bulk/inputs/options.ts";
import { shardOf } from "../../../src/bulk/inputs/shard.ts";
import type { Input, InputRow } from "../../../src/bulk/row.ts";
import type { ObjectStore } from "../../../src/storage/object_store.ts";
import { ObjectStores } from "../../../src/storage/open_store.ts";
import { FaultyProxy } from "../../support/faulty_proxy.ts";
import { S3Server } from "../../support/s3_server.ts";
import { bad, good, inFolder, JPEG, keysOf, readRows, rowsOf } from "./read_rows.ts";
import { withWrittenFiles } from "./written_files.ts";

const HASTE = { tries: 3, firstDelayMs: 1, mostDelayMs: 10, answerMs: 20_000, stallMs: 20_000 };
const SIGNAL = new AbortController().signal;

interface World {
  server: S3Server;
  bucket: ObjectStore;
  options: InputOptions;
}

async function inBucket(run: (world: World) => Promise<void>): Promise<void> {
  await using server = await S3Server.start("data");
  const environment = server.environment();
  const stores = await ObjectStores.open({ environment, patience: HASTE });
  const options = { openStores: () => Promise.resolve(stores) };
  await run({ server, bucket: stores.bucket("data"), options });
}

async function throughProxy(proxy: FaultyProxy, server: S3Server): Promise<InputOptions> {
  const environment = server.environment({ AWS_ENDPOINT_URL: proxy.url });
  const stores = await ObjectStores.open({ environment, patience: HASTE });
  return { openStores: () => Promise.resolve(stores) };
}

async function upload(folder: string, bucket: ObjectStore, prefix: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await upload(path, bucket, `${prefix}${name}/`);
    else await bucket.writeFile(prefix + name, path);
  }
}

/** A row with its image's bytes, its addresses below `home`. */
async function plain(row: InputRow, home: string): Promise<unknown> {
  const below = (text: unknown) =>
    typeof text === "string" ? text.replaceAll(home, "HOME").replaceAll("HOME/", "") : text;
  const { key, place } = row;
  if ("reason" in row) return { key, place: below(place), reason: below(row.reason) };
  const image = row.image === undefined
    ? undefined
    : await Promise.resolve(row.image()).catch((error: Error) => below(error.message));
  const metadata = Object.entries(row.metadata).map(([name, value]) => [name, below(value)]);
  return { key, place: below(place), text: row.text, image, metadata };
}

async function plainRows(input: Input, home: string): Promise<unknown[]> {
  const rows = [];
  for (const row of await rowsOf(input)) rows.push(await plain(row, home));
  return rows;
}

Deno.test("what is in a bucket is read as what is in a folder", async (t) => {
  await inBucket(async ({ bucket, options }) => {
    await withWrittenFiles(async (folder) => {
      const files: Record<string, string | Uint8Array> = {
        "photos/b.jpg": JPEG,
        "photos/a.jpg": JPEG,
        "photos/a/c d+e%.jpg": JPEG,
        "photos/a-b.png": JPEG,
        "photos/.hidden/x.jpg": JPEG,
        "photos/5ae3f00d": JPEG,
        "photos/notes.md": "no image",
        "photos/ümlaut/🎉.jpg": JPEG,
        "texts/one.txt": "a cat\n\na dog\n",
        "texts/two.txt": "a bird",
        "tables/a.csv": "caption,picture\nx,../photos/a.jpg\ny,nope.jpg\nz,\n",
        "tables/b.jsonl": '{"text":"q","image":"../photos/b.jpg"}\n{"text":3}\nno\n',
        "tables/c.tsv": "text\tn\nhello\t1\n",
        "tables/unknown": '{"text":"told by its content"}\n',
      };
      for (const [name, content] of Object.entries(files)) {
        await Deno.mkdir(join(folder, name, ".."), { recursive: true });
        await Deno.writeFile(
          join(folder, name),
          typeof content === "string" ? new TextEncoder().encode(content) : content,
        );
      }
      await upload(folder, bucket, "in/");
      const both: [string[], InputOptions][] = [
        [["photos"], {}],
        [["photos/"], {}],
        [["photos/*.jpg"], {}],
        [["photos/a*"], {}],
        [["photos/**"], { format: "images" }],
        [["photos/a/c d+e%.jpg"], {}],
        [["texts"], { format: "text" }],
        [["texts/*"], {}],
        [["photos", "texts/one.txt"], {}],
        [["tables/a.csv"], { text: "caption", image: "picture" }],
        [["tables/b.jsonl"], {}],
        [["tables/c.tsv"], {}],
        [["tables/unknown"], {}],
        [["{00000..00001}.tar"], {}],
        [["0000?.tar*"], {}],
        [["long.tar"], {}],
        [["snappy.parquet", "zstd.parquet"], { text: "caption", image: "jpg" }],
        [["wide.parquet"], {}],
        [["nulls-lz4.parquet"], {}],
      ];
      for (const [paths, how] of both) {
        await t.step(paths.join(" "), async () => {
          const home = "s3://data/in";
          const [local, remote] = await Promise.all([
            openInputs(paths.map((path) => `${folder}/${path}`), how).catch((error) => error),
            openInputs(paths.map((path) => `${home}/${path}`), { ...how, ...options }).catch((
              error,
            ) => error),
          ]);
          if (local instanceof Error) {
            assert.equal(remote.message.replaceAll(home, ""), local.message.replaceAll(folder, ""));
            return;
          }
          if (remote instanceof Error) throw remote;
          assert.equal(remote.count, local.count);
          assert.deepEqual(await plainRows(remote, home), await plainRows(local, folder));
          assert.deepEqual(
            await rowsOf(remote, 2).then(keysOf),
            await rowsOf(local, 2).then(keysOf),
          );
          assert.equal(remote.readShare?.(), local.readShare?.());
          for (const k of [1, 2, 3]) {
            const [mine, theirs] = [shardOf(remote, k, 3), shardOf(local, k, 3)];
            assert.deepEqual(keysOf(await rowsOf(mine)), keysOf(await rowsOf(theirs)));
            assert.equal(mine.count, theirs.count);
          }
        });
      }

      await t.step("an input is another when an object in it has changed", async () => {
        const open = () => openInputs(["s3://data/in/texts/*.txt"], options);
        const before = (await open()).fingerprint;
        assert.equal((await open()).fingerprint, before);
        await bucket.write("in/texts/two.txt", new TextEncoder().encode("a bear"));
        assert.notEqual((await open()).fingerprint, before);
      });

      await t.step("folders and buckets go together", async () => {
        const rows = await readRows(
          [join(folder, "texts/one.txt"), "s3://data/in/texts/two.txt"],
          options,
        );
        assert.deepEqual(keysOf(rows), ["one.txt:1", "one.txt:3", "s3://data/in/texts/two.txt:1"]);
      });
    });
  });
});

Deno.test("tables name images in buckets", async () => {
  await inBucket(async ({ bucket, options }) => {
    await bucket.write("photos/a.jpg", JPEG as Uint8Array<ArrayBuffer>);
    const lines = [
      "photos/a.jpg",
      "/photos/a.jpg",
      "./x/../photos/a.jpg",
      "s3://data/photos/a.jpg",
    ];
    const wrong = [
      "file:///etc/passwd",
      "../../etc/passwd",
      "s3://nobody/a.jpg",
      "s3:///x.jpg",
      "photos/b.jpg",
    ];
    const table = ["image", ...lines, ...wrong].join("\n");
    await bucket.write("t.csv", new TextEncoder().encode(table));
    const rows = await readRows("s3://data/t.csv", options);
    for (const [i, row] of rows.entries()) {
      const reading = Promise.resolve(good(row).image!());
      if (i < lines.length) assert.deepEqual(await reading, JPEG);
      else await assert.rejects(reading, { kind: "document" });
    }
    await inFolder({ "t.csv": "image\ns3://data/photos/a.jpg\n" }, async (folder) => {
      const [row] = await readRows(join(folder, "t.csv"), options);
      assert.deepEqual(await good(row).image!(), JPEG);
    });
    // Who writes a table does not choose whose keys are used.
    await inFolder({ "t.csv": "image\ns3://admin@data/photos/a.jpg\n" }, async (folder) => {
      const [row] = await readRows(join(folder, "t.csv"), options);
      await assert.rejects(Promise.resolve(good(row).image!()), {
        kind: "document",
        message: /names an AWS profile, which the command line may do alone/,
      });
    });
  });
});

Deno.test("what fails of an input in a bucket", async (t) => {
  await inBucket(async ({ server, bucket, options }) => {
    const write = (key: string, text: string) => bucket.write(key, new TextEncoder().encode(text));

    await t.step("what is not there is told at once", async () => {
      const fails = (path: string, message: RegExp) =>
        assert.rejects(openInputs([path], options), { kind: "config", message });
      await fails("s3://data/nope", /'s3:\/\/data\/nope': there is no such object or prefix/);
      await fails("s3://data/nope/", /there is no such object or prefix/);
      await fails("s3://data/nope/*.jpg", /No file fits 's3:\/\/data\/nope\/\*\.jpg'/);
      await fails("s3://nobody/x", /there is no bucket 'nobody' at http/);
      await fails("s3://", /it names no bucket/);
      await fails("s3://da ta/x", /'da ta' is no bucket's name/);
      await write("other/x.md", "?");
      await fails(
        "s3://data/other",
        /There are no images in 's3:\/\/data\/other'; there is 'x.md'/,
      );
      await write("bad/x.csv", "a,b\n1,2\n");
      await fails("s3://data/bad/x.csv", /Which column of 's3:\/\/data\/bad\/x.csv' is embedded/);
    });

    await t.step("an object that vanishes is one bad row", async () => {
      for (const name of ["1.jpg", "2.jpg", "3.jpg"]) await write(`v/${name}`, "\xff");
      const input = await openInputs(["s3://data/v"], options);
      await bucket.remove("v/2.jpg");
      const rows = await rowsOf(input);
      await good(rows[0]).image!();
      await assert.rejects(Promise.resolve(good(rows[1]).image!()), {
        kind: "document",
        message: "Cannot read 's3://data/v/2.jpg': it is not there",
      });
      await good(rows[2]).image!();
    });

    await t.step("one object that is closed is one bad row, all of them end the job", async () => {
      await using proxy = await FaultyProxy.to(server.port);
      for (let i = 0; i < 20; i++) {
        await write(`c/${10 + i}.jpg`, "x");
        await write(`c/${10 + i}.txt`, "a cat\n");
      }
      const refuse = (pattern: RegExp, code: string) => {
        const answer = { answer: 403, body: `<Error><Code>${code}</Code></Error>` };
        proxy.fault = ({ path, method }) =>
          method === "GET" && pattern.test(path) ? answer : undefined;
      };
      const closed = (pattern: RegExp) => refuse(pattern, "AccessDenied");
      const open = async (path: string) =>
        await openInputs([path], await throughProxy(proxy, server));
      const images = async () => {
        const kinds = [];
        for (const row of await rowsOf(await open("s3://data/c/*.jpg"))) {
          const image = Promise.resolve(good(row).image!());
          kinds.push(await image.then(() => "read", ({ kind }) => kind));
        }
        return kinds;
      };
      closed(/c\/..\.jpg/);
      assert.deepEqual((await images()).slice(0, 16), [...Array(15).fill("document"), "config"]);
      closed(/c\/1[1-9]\.jpg/);
      assert.equal((await images()).filter((kind) => kind === "document").length, 9);
      closed(/c\/..\.txt/);
      await assert.rejects(rowsOf(await open("s3://data/c/*.txt")), {
        kind: "config",
        message: /c\/25\.txt': access is denied/,
      });
      closed(/c\/1[1-9]\.txt/);
      const rows = await rowsOf(await open("s3://data/c/*.txt"));
      refuse(/c\/..\.jpg/, "InvalidObjectState");
      assert.deepEqual(
        await images(),
        Array(20).fill("document"),
        "archives are no want of rights",
      );
      assert.equal(rows.filter((row) => "reason" in row).length, 9);
    });

    await t.step("an image that is too large, or empty, is told", async () => {
      await write("sizes/big.jpg", "x".repeat(1001));
      await write("sizes/empty.jpg", "");
      const rows = await readRows("s3://data/sizes", { ...options, maxImageBytes: 1000 });
      const [big, empty] = rows.map((row) => async () => await good(row).image!());
      await assert.rejects(big!, { kind: "document", message: /larger than 1000 bytes/ });
      await assert.rejects(empty!, { kind: "document", message: /it is empty/ });
    });

    await t.step(
      "a file that is replaced while it is read is told, and the next goes on",
      async () => {
        for (const name of ["1.txt", "2.txt"]) await write(`r/${name}`, "a cat\n");
        const input = await openInputs(["s3://data/r/*.txt"], options);
        await write("r/1.txt", "a dog and more\n");
        const [first, second] = await rowsOf(input);
        assert.match(
          bad(first).reason,
          /rest of 's3:\/\/data\/r\/1.txt' cannot be read: it has changed/,
        );
        assert.equal(good(second).text, "a cat");
      },
    );

    await t.step("a store that is gone ends the input, and is no fault of its rows", async () => {
      const proxy = await FaultyProxy.to(server.port);
      const through = await throughProxy(proxy, server);
      await write("g/1.jpg", "x");
      await write("g.txt", "a cat\n");
      const images = await openInputs(["s3://data/g"], through);
      const texts = await openInputs(["s3://data/g.txt"], through);
      await proxy[Symbol.asyncDispose]();
      const [row] = await rowsOf(images);
      const unavailable = { kind: "unavailable", message: /is not reached/ };
      await assert.rejects(Promise.resolve(good(row).image!()), unavailable);
      await assert.rejects(rowsOf(texts), unavailable);
    });
  });
});

Deno.test("reading a bucket asks for no more than is needed", async (t) => {
  await inBucket(async ({ server, bucket }) => {
    await using proxy = await FaultyProxy.to(server.port);
    const options = await throughProxy(proxy, server);
    const asked = async (run: () => Promise<unknown>) => {
      proxy.seen.length = 0;
      await run();
      return proxy.seen.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
    };

    await t.step("images of a prefix are listed, and not looked at", async () => {
      for (let i = 0; i < 5; i++) await bucket.write(`p/${i}.jpg`, new Uint8Array([1]));
      const list = await asked(() => openInputs(["s3://data/p/"], options));
      assert.deepEqual(list, ["GET /data/", "GET /data/"]);
    });

    await t.step("a pattern lists what begins like it, and not what lies below", async () => {
      await asked(() => openInputs(["s3://data/p/1*.jpg"], options));
      const listed = proxy.seen.find(({ path }) => path.includes("list-type"))!.path;
      assert.match(listed, /[?&]prefix=p%2F1(&|$)/);
      assert.match(listed, /[?&]delimiter=%2F(&|$)/);
    });

    await t.step("of Parquet the footer is read, and pages when their rows are", async () => {
      await withWrittenFiles(async (folder) => {
        await bucket.writeFile("w.parquet", join(folder, "wide.parquet"));
      });
      const size = (await bucket.head("w.parquet"))!.bytes;
      const address = "s3://data/w.parquet";
      let read = 0;
      proxy.seen.length = 0;
      proxy.fault = ({ headers, method }) => {
        const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
        if (method === "GET") read += from === undefined ? size : Number(to) - Number(from) + 1;
        return undefined;
      };
      const input = await openInputs([address], options);
      assert.ok(read <= Math.min(size, 530_000), `${read} of ${size}`);
      for await (const _ of input.rows(0, SIGNAL)) break;
      const ranges = proxy.seen.filter(({ headers }) => headers.range);
      assert.ok(ranges.every(({ headers }) => headers["if-match"]));
    });
  });
});
