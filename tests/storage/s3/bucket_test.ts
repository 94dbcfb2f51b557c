import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { compareCodePoints } from "../../../src/code_point_order.ts";
import {
  type ObjectStore,
  StoreError,
  type StoreFault,
} from "../../../src/storage/object_store.ts";
import { credentialChain } from "../../../src/storage/aws/chain.ts";
import { CredentialCache } from "../../../src/storage/aws/credentials.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";
import { readStoreSettings } from "../../../src/storage/aws/settings.ts";
import { S3Bucket } from "../../../src/storage/s3/bucket.ts";
import { S3Connection } from "../../../src/storage/s3/connection.ts";
import { ObjectStores } from "../../../src/storage/open_store.ts";
import { FaultyProxy } from "../../support/faulty_proxy.ts";
import { S3Server } from "../../support/s3_server.ts";

/** As the product's, without the waiting. */
const HASTE = { tries: 4, firstDelayMs: 1, mostDelayMs: 10, answerMs: 20_000, stallMs: 20_000 };
const MIB = 1 << 20;

const encode = (text: string) => new TextEncoder().encode(text);

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

async function bucketOf(
  server: S3Server,
  changed: Record<string, string | undefined> = {},
  patience = HASTE,
): Promise<ObjectStore> {
  const stores = await ObjectStores.open({ environment: server.environment(changed), patience });
  return stores.bucket("photos");
}

async function fails(
  work: Promise<unknown>,
  fault: StoreFault,
  words: RegExp,
): Promise<void> {
  await assert.rejects(work, (thrown) => {
    assert.ok(thrown instanceof StoreError, String(thrown));
    assert.equal(thrown.fault, fault, thrown.message);
    assert.match(thrown.message, words);
    assert.doesNotMatch(thrown.message, /a secret of tests/);
    return true;
  });
}

async function tempFile(bytes: number): Promise<string> {
  const path = await Deno.makeTempFile({ prefix: "clipline_store_" });
  const content = new Uint8Array(bytes).map((_, i) => i * 7 + (i >> 13));
  await Deno.writeFile(path, content);
  return path;
}

async function uploadsOf(server: S3Server): Promise<string> {
  return (await server.ask("GET", "/photos?uploads=")).text;
}

Deno.test("objects of a bucket", async (t) => {
  await using server = await S3Server.start("photos");
  const bucket = await bucketOf(server);

  await t.step("what is written is read, looked at and removed", async () => {
    const written = await bucket.write("a/hello.txt", encode("hello"));
    assert.deepEqual(written, {
      key: "a/hello.txt",
      bytes: 5,
      etag: "5d41402abc4b2a76b9719d911017c592",
    });
    assert.deepEqual(await bucket.head("a/hello.txt"), { ...written, md5: written.etag });
    assert.equal(await textOf(bucket.read("a/hello.txt")), "hello");
    await bucket.remove("a/hello.txt");
    assert.equal(await bucket.head("a/hello.txt"), undefined);
    await bucket.remove("a/hello.txt");
  });

  await t.step("an empty object is an object", async () => {
    assert.equal((await bucket.write("empty", encode(""))).bytes, 0);
    assert.equal(await textOf(bucket.read("empty")), "");
  });

  await t.step("parts of an object are read, also beyond its end", async () => {
    const { etag } = await bucket.write("digits", encode("0123456789"));
    assert.equal(await textOf(bucket.read("digits", { start: 2, end: 5, etag })), "234");
    assert.equal(await textOf(bucket.read("digits", { start: 7 })), "789");
    assert.equal(await textOf(bucket.read("digits", { start: 8, end: 100 })), "89");
    assert.equal(await textOf(bucket.read("digits", { start: 100 })), "");
    assert.equal(await textOf(bucket.read("digits", { start: 3, end: 3 })), "");
  });

  await t.step(
    "keys may have any letters, and are listed in the order of code points",
    async () => {
      const keys = [
        ...["a b", "a+b", "a%20b", "a%", "a#b?c=d&e", "ümlaut/日本.jpg", "🎉", "\uff5e", "x/a-b"],
        ...[
          "x/a/b",
          "x/a.b",
          "x/aZ",
          "a'(b)!*",
          "a&b<c>",
          "a\tb",
          'q"r',
          "a\\b",
          "~t",
          "a=b;c,d@e:f$",
        ],
      ];
      for (const key of keys) await bucket.write(`keys/${key}`, encode(key));
      const listed = await Array.fromAsync(bucket.list("keys/"));
      const wanted = keys.toSorted(compareCodePoints);
      assert.deepEqual(listed.map(({ key }) => key), wanted.map((key) => `keys/${key}`));
      for (const { key, bytes, etag } of listed) {
        const text = await textOf(bucket.read(key, { etag }));
        assert.equal(`keys/${text}`, key);
        assert.equal(encode(text).length, bytes);
      }
      const shallow = await Array.fromAsync(bucket.list("keys/x/", undefined, { shallow: true }));
      assert.deepEqual(shallow.map(({ key }) => key), ["keys/x/a-b", "keys/x/a.b", "keys/x/aZ"]);
    },
  );

  await t.step("keys that no URL can hold are refused", async () => {
    for (const key of ["a/../b", "./a", "a/."]) {
      await fails(bucket.write(key, encode("x")), "unnameable", /a part of it is '\.' or '\.\.'/);
    }
  });

  await t.step("more objects than fit into an answer are listed", async () => {
    const names = Array.from({ length: 1_100 }, (_, i) => `many/${String(i).padStart(5, "0")}`);
    const left = [...names];
    const writers = Array.from({ length: 16 }, async () => {
      for (let name; (name = left.pop()) !== undefined;) await bucket.write(name, encode(name));
    });
    await Promise.all(writers);
    const listed = await Array.fromAsync(bucket.list("many/"));
    assert.deepEqual(listed.map(({ key }) => key), names);
  });

  await t.step("what stands for folders is listed, each once", async () => {
    const names = ["f/1/a", "f/1/b/c", "f/1+2 %/a", "f/ü/a", "f/file", "f/1-2/a"];
    for (const name of names) await bucket.write(name, encode(name));
    const folders = await Array.fromAsync(bucket.folders("f/"));
    assert.deepEqual(folders, ["f/1+2 %/", "f/1-2/", "f/1/", "f/ü/"]);
    assert.deepEqual(await Array.fromAsync(bucket.folders("f/1/")), ["f/1/b/"]);
    assert.deepEqual(await Array.fromAsync(bucket.folders("none/")), []);
  });

  await t.step("a condition that does not hold is told, and nothing is written", async () => {
    const first = await bucket.write("cond", encode("one"), { etag: null });
    await fails(bucket.write("cond", encode("two"), { etag: null }), "exists", /is there already/);
    await fails(bucket.write("cond", encode("two"), { etag: "00" }), "changed", /has changed/);
    await fails(bucket.write("gone", encode("x"), { etag: "00" }), "changed", /not there any more/);
    await bucket.write("cond", encode("two"), { etag: first.etag });
    assert.equal(await textOf(bucket.read("cond")), "two");
    await fails(textOf(bucket.read("cond", { etag: first.etag })), "changed", /has changed/);
  });

  await t.step("a large file goes in parts", async () => {
    const path = await tempFile(40 * MIB + 5);
    const written = await bucket.writeFile("large", path, { etag: null });
    assert.match(written.etag, /-6$/);
    assert.deepEqual(await bucket.head("large"), written);
    const there = await Deno.readFile(join(server.folderOf("photos"), "large"));
    assert.ok(Buffer.compare(there, await Deno.readFile(path)) === 0);
    await fails(bucket.writeFile("large", path, { etag: null }), "exists", /is there already/);
    assert.doesNotMatch(await uploadsOf(server), /<UploadId>/);
    await Deno.remove(path);
  });

  await t.step("a file that is not there is told", async () => {
    await fails(bucket.writeFile("x", "/nowhere/x"), "refused", /'\/nowhere\/x': it is not there/);
  });

  await t.step("an upload that is ended leaves no parts behind", async () => {
    const path = await tempFile(40 * MIB);
    await using proxy = await FaultyProxy.to(server.port);
    const slow = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    const end = new AbortController();
    proxy.fault = ({ path }) => {
      if (path.includes("partNumber=2")) end.abort(new Error("enough"));
      return undefined;
    };
    await assert.rejects(slow.writeFile("ended", path, undefined, end.signal), /enough/);
    assert.doesNotMatch(await uploadsOf(server), /<UploadId>/);
    assert.equal(await bucket.head("ended"), undefined);
    await Deno.remove(path);
  });

  await t.step("an upload that fails leaves no parts behind", async () => {
    const path = await tempFile(40 * MIB);
    await using proxy = await FaultyProxy.to(server.port);
    const failing = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    proxy.fault = ({ path }) =>
      path.includes("partNumber=3") ? { answer: 500, body: "" } : undefined;
    await fails(failing.writeFile("failed", path), "unreachable", /answers 500/);
    assert.doesNotMatch(await uploadsOf(server), /<UploadId>/);
    await Deno.remove(path);
  });

  await t.step("an upload that the store says at the end to repeat is ended again", async () => {
    const path = await tempFile(20 * MIB);
    await using proxy = await FaultyProxy.to(server.port);
    const busy = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    let ends = 0;
    // Its head is sent before the work is done: 200, whatever comes of it.
    const late = (code: string) => ({ answer: 200, body: `<Error><Code>${code}</Code></Error>` });
    proxy.fault = ({ method, path }) =>
      method === "POST" && path.includes("uploadId") && ++ends <= 2
        ? late("InternalError")
        : undefined;
    const written = await busy.writeFile("late", path);
    assert.deepEqual([await bucket.head("late"), ends], [written, 3]);
    proxy.fault = ({ method, path }) =>
      method === "POST" && path.includes("uploadId") ? late("InvalidPart") : undefined;
    await fails(busy.writeFile("late", path), "unreachable", /InvalidPart/);
    await Deno.remove(path);
  });

  await t.step("what processes left that died in an upload is taken away", async () => {
    for (const key of ["left/a b+c%.bin", "left/x/y", "other/z"]) {
      const path = key.split("/").map(encodeURIComponent).join("/");
      assert.equal((await server.ask("POST", `/photos/${path}?uploads=`)).status, 200);
    }
    assert.equal(await bucket.abandonUploads("left/"), 2);
    assert.match(await uploadsOf(server), /<Upload>.*other\/z/);
    assert.doesNotMatch(await uploadsOf(server), /left/);
    assert.equal(await bucket.abandonUploads(""), 1);
    assert.doesNotMatch(await uploadsOf(server), /<UploadId>/);
  });

  await t.step("a broken answer goes on where it broke off, with the same content", async () => {
    const path = await tempFile(3 * MIB);
    const { etag } = await bucket.writeFile("broken", path);
    await using proxy = await FaultyProxy.to(server.port);
    const breaking = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    let cuts = 0;
    proxy.fault = () => cuts++ < 5 ? { cutAfter: 400_000 } : undefined;
    const bytes = new Uint8Array(await new Response(breaking.read("broken")).arrayBuffer());
    assert.ok(Buffer.compare(bytes, await Deno.readFile(path)) === 0);
    const [first, second] = proxy.seen;
    assert.equal(first!.headers.range, undefined);
    assert.match(second!.headers.range!, /^bytes=\d+-3145727$/);
    assert.equal(second!.headers["if-match"], `"${etag}"`);
    await Deno.remove(path);
  });

  await t.step("a broken answer does not go on with another content", async () => {
    const path = await tempFile(3 * MIB);
    await bucket.writeFile("replaced", path);
    await using proxy = await FaultyProxy.to(server.port);
    const breaking = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    const replaced = Promise.withResolvers<undefined>();
    proxy.fault = () => proxy.seen.length === 1 ? { cutAfter: 400_000 } : replaced.promise;
    const reading = breaking.read("replaced").getReader();
    await reading.read();
    await bucket.write("replaced", encode("something else"));
    replaced.resolve(undefined);
    const rest = (async () => {
      while (!(await reading.read()).done);
    })();
    await fails(rest, "changed", /s3:\/\/photos\/replaced': it has changed/);
    await Deno.remove(path);
  });

  await t.step("an answer that stops coming is asked for again", async () => {
    await bucket.write("stalled", encode("here"));
    await using proxy = await FaultyProxy.to(server.port);
    // On a busy machine good answers are late at times too.
    const patience = { ...HASTE, stallMs: 100, tries: 100 };
    const stalling = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url }, patience);
    proxy.fault = () => proxy.seen.length === 1 ? "stall" : undefined;
    assert.equal(await textOf(stalling.read("stalled")), "here");
  });

  await t.step("a store that is busy is asked again, as it says", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const busy = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    const body = "<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>";
    proxy.fault = () =>
      proxy.seen.length < 3 ? { answer: 503, body, headers: { "retry-after": "1" } } : undefined;
    await busy.write("busy", encode("x"));
    assert.equal(proxy.seen.length, 3);
    proxy.fault = () => ({ answer: 503, body });
    await fails(busy.write("busy", encode("x")), "unreachable", /SlowDown: Reduce your rate/);
    assert.equal(proxy.seen.length, 3 + HASTE.tries);
  });

  await t.step("a write whose answer is lost counts as one, with a condition too", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const losing = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    proxy.fault = () => proxy.seen.length === 1 ? "lost" : undefined;
    const written = await losing.write("lost", encode("mine"), { etag: null });
    assert.equal((await bucket.head("lost"))?.etag, written.etag);
  });

  await t.step("an upload whose last answer is lost counts as one", async () => {
    const path = await tempFile(20 * MIB);
    await using proxy = await FaultyProxy.to(server.port);
    const losing = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    let lost = 0;
    proxy.fault = ({ method, path }) =>
      method === "POST" && path.includes("uploadId") && lost++ === 0 ? "lost" : undefined;
    const written = await losing.writeFile("lost-parts", path);
    assert.deepEqual(await bucket.head("lost-parts"), written);
    await Deno.remove(path);
  });

  await t.step(
    "what breaks off before it answers is tried again, and told in the end",
    async () => {
      await using proxy = await FaultyProxy.to(server.port);
      const url = proxy.url;
      const losing = await bucketOf(server, { AWS_ENDPOINT_URL: url });
      proxy.fault = () => "lost";
      await fails(losing.head("x"), "unreachable", /is not reached \(the connection breaks off\)/);
      assert.equal(proxy.seen.length, HASTE.tries);
      await proxy[Symbol.asyncDispose]();
      const nobody = await bucketOf(server, { AWS_ENDPOINT_URL: url });
      await fails(
        nobody.head("x"),
        "unreachable",
        /127\.0\.0\.1:\d+ is not reached \(connection refused\)/,
      );
    },
  );

  await t.step("a signal ends reading, and waiting for another try", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const slow = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url }, {
      ...HASTE,
      firstDelayMs: 60_000,
      mostDelayMs: 60_000,
    });
    await bucket.write("endless", encode("x"));
    const end = new AbortController();
    proxy.fault = () => "stall";
    const reading = textOf(slow.read("endless", {}, end.signal));
    const heading = assert.rejects(reading, /enough/);
    proxy.fault = () => {
      setTimeout(() => end.abort(new Error("enough")));
      return proxy.seen.length === 1 ? "stall" : { answer: 503 };
    };
    await heading;
    await assert.rejects(slow.head("x", end.signal), /enough/);
  });

  await t.step("what is wrong is said, and what to do", async () => {
    const stores = await ObjectStores.open({ environment: server.environment() });
    const none = stores.bucket("nobody");
    await fails(
      Array.fromAsync(none.list("p/")),
      "no_bucket",
      /'s3:\/\/nobody\/p\/': there is no bucket 'nobody' at http/,
    );
    await fails(none.write("k", encode("x")), "no_bucket", /there is no bucket 'nobody'/);
    await fails(
      textOf(bucket.read("nope")),
      "missing",
      /Cannot read 's3:\/\/photos\/nope': it is not there/,
    );

    const wrong = await bucketOf(server, { AWS_SECRET_ACCESS_KEY: "wrong" });
    await fails(wrong.head("x"), "refused", /secret key from the environment .* does not fit/);
    const unknown = await bucketOf(server, { AWS_ACCESS_KEY_ID: "unknown" });
    await fails(unknown.head("x"), "refused", /does not know the access key from the environment/);
    const anonymous = await bucketOf(server, {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    });
    await fails(anonymous.head("x"), "denied", /none were found: set AWS_ACCESS_KEY_ID/);

    const inPath = await bucketOf(server, { AWS_ENDPOINT_URL: `${server.url}/photos` });
    const list = Array.fromAsync(inPath.list("p/"));
    await fails(list, "missing", /\/photos \(404\) is no S3 store: .*, without a bucket$/);
    const secure = await bucketOf(server, {
      AWS_ENDPOINT_URL: server.url.replace("http:", "https:"),
    });
    await fails(secure.head("x"), "unreachable", /speaks no TLS: is it http:\/\/\?\)$/);
  });

  await t.step("a bucket that is open to all is read without credentials", async () => {
    await using open = await S3Server.start("photos");
    await (await bucketOf(open)).write("a b+c.txt", encode("public"));
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: "*",
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
      }],
    });
    assert.equal((await open.ask("PUT", "/photos?policy=", policy)).status, 204);
    const anybody = await bucketOf(open, { AWS_NO_SIGN_REQUEST: "true" });
    const [object] = await Array.fromAsync(anybody.list(""));
    assert.equal(await textOf(anybody.read(object!.key, { etag: object!.etag })), "public");
    await fails(anybody.write("x", encode("x")), "denied", /denied without credentials/);
  });

  await t.step("who asks says that it pays, where that is wanted", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const variables = { AWS_ENDPOINT_URL: proxy.url, AWS_REQUEST_PAYER: "requester" };
    await (await bucketOf(server, variables)).write("paid", encode("x"));
    assert.equal(proxy.seen[0]!.headers["x-amz-request-payer"], "requester");
    assert.match(proxy.seen[0]!.headers.authorization!, /SignedHeaders=[^,]*x-amz-request-payer/);
  });

  await t.step("the region that the store tells is taken, by all requests", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const elsewhere = await bucketOf(server, {
      AWS_ENDPOINT_URL: proxy.url,
      AWS_REGION: "eu-central-1",
    });
    await elsewhere.write("region", encode("x"));
    assert.equal(proxy.seen.length, 2);
    assert.equal((await elsewhere.head("region"))?.bytes, 1);
    assert.equal(proxy.seen.length, 3);
    // HEAD is answered without words.
    const looking = await bucketOf(server, { AWS_REGION: "eu-central-1" });
    assert.equal((await looking.head("region"))?.bytes, 1);
    assert.equal(await looking.head("nope"), undefined);
  });

  await t.step("the store's clock is taken where this machine's is off", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const skewed = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    const date = new Date(Date.now() - 3_600_000);
    const body = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    const answer = { answer: 403, headers: { date: date.toUTCString() }, body };
    proxy.fault = () => answer;
    await fails(skewed.write("clock", encode("x")), "refused", /clock of this machine is 36\d\d s/);
    const [first, second, ...others] = proxy.seen.map(({ headers }) => headers["x-amz-date"]);
    assert.equal(others.length, 0);
    assert.notEqual(first, second);
    const [at, behind] = [first, second].map((time) =>
      Date.parse(String(time).replace(/^(.{4})(..)(..T..)(..)/, "$1-$2-$3:$4:"))
    ) as [number, number];
    assert.ok(Math.abs(at - behind - 3_600_000) < 60_000, `${first}, then ${second}`);
  });

  await t.step("credentials that have expired are asked for anew, once", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const environment = server.environment({ AWS_ENDPOINT_URL: proxy.url });
    const profile = await readProfile(environment);
    let asked = 0;
    let replaced = true;
    const cache = new CredentialCache(async () => {
      asked++;
      const { credentials, source } = (await credentialChain(environment, profile)())!;
      const expiresAt = Date.now() + 3_600_000;
      const sessionToken = replaced ? `token ${asked}` : "token";
      return { source, credentials: { ...credentials, expiresAt, sessionToken } };
    });
    const settings = readStoreSettings(environment, profile);
    const bucket = new S3Bucket(new S3Connection("photos", settings, cache, { patience: HASTE }));
    const expired = { answer: 400, body: "<Error><Code>ExpiredToken</Code></Error>" };
    const good = { answer: 200, headers: { etag: '"e"' } };
    proxy.fault = () => proxy.seen.length === 1 ? expired : good;
    await bucket.write("renewed", encode("x"));
    assert.equal(asked, 2);
    // HEAD is answered without a word of why.
    proxy.fault = ({ method, headers }) => {
      if (headers["x-amz-security-token"] !== "token 2") return good;
      return method === "HEAD" ? { answer: 400 } : expired;
    };
    assert.equal((await bucket.head("renewed"))?.etag, "e");
    assert.equal(asked, 3);
    replaced = false;
    proxy.fault = () => expired;
    await fails(
      bucket.write("renewed", encode("x")),
      "refused",
      /session token from .* has expired/,
    );
    assert.equal(asked, 5);
  });

  await t.step("answers of those who are no store of this bucket are told", async () => {
    await using proxy = await FaultyProxy.to(server.port);
    const bucket = await bucketOf(server, { AWS_ENDPOINT_URL: proxy.url });
    const list = () => Array.fromAsync(bucket.list(""));
    proxy.fault = () => ({ answer: 404, body: "<html><body>nginx</body></html>" });
    await fails(list(), "refused", /no S3 store: AWS_ENDPOINT_URL/);
    proxy.fault = () => ({ answer: 200, body: "hello" });
    await fails(list(), "refused", /no S3 store: AWS_ENDPOINT_URL/);
    proxy.fault = () => ({
      answer: 301,
      headers: { "x-amz-bucket-region": "eu-west-1" },
      body: "<Error><Code>PermanentRedirect</Code></Error>",
    });
    await fails(list(), "no_bucket", /region eu-west-1, .* does not lead there: set AWS_ENDPOINT/);
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    proxy.fault = () => ({
      answer: 403,
      headers: { date },
      body: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    });
    await fails(list(), "refused", /clock of this machine is 36\d\d s off/);
    proxy.fault = () => ({ answer: 501, body: "<Error><Code>NotImplemented</Code></Error>" });
    await fails(bucket.write("x", encode("x"), { etag: null }), "refused", /cannot do this/);
    const key = (name: string) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`;
    proxy.fault = () => ({
      answer: 200,
      body: `<ListBucketResult>${key("b")}${key("a")}</ListBucketResult>`,
    });
    await fails(list(), "refused", /does not list keys in their order \('a' comes after 'b'\)/);
  });
});
