import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../../../src/errors.ts";
import type { Digest } from "../../../src/model/catalog/entry.ts";
import { downloadFile, type DownloadRequest } from "../../../src/model/store/download.ts";
import { RefusedError } from "../../../src/model/store/http.ts";
import { CLOSED_ORIGIN, FakeClock, RecordedProgress, TemporaryStore } from "./fakes.ts";
import {
  honest,
  md5,
  rangeStart,
  type RawReply,
  type RawRequest,
  RawServer,
  sampleBytes,
  sha256,
} from "./raw_server.ts";

const BYTES = sampleBytes(40_000);
const RIGHT: Digest = { algorithm: "sha256", hex: sha256(BYTES) };

/** A download of `/file` from `server` into a folder of its own. */
class Trial implements AsyncDisposable {
  readonly store = new TemporaryStore();
  readonly clock = new FakeClock();
  readonly progress = new RecordedProgress();
  readonly target = join(this.store.root, "files", "weights.pt");
  readonly server: RawServer;

  constructor(handler: (request: RawRequest, index: number) => RawReply | Promise<RawReply>) {
    let index = 0;
    this.server = new RawServer((request) => handler(request, index++));
  }

  run(changes: Partial<DownloadRequest> = {}, context = {}) {
    return downloadFile({
      url: `${this.server.origin}/file`,
      target: this.target,
      name: "weights.pt",
      digests: [RIGHT],
      ...changes,
    }, { clock: this.clock, progress: this.progress, ...context });
  }

  /** The ranges asked for, request by request. */
  get ranges(): (number | undefined)[] {
    return this.server.requests.map(rangeStart);
  }

  async assertDone(): Promise<void> {
    assert.deepEqual(await Deno.readFile(this.target), BYTES);
    assert.deepEqual(await this.store.files(), ["files/weights.pt"]);
  }

  async assertAbsent(): Promise<void> {
    assert.equal(await Deno.stat(this.target).catch(() => undefined), undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

/** Announces all of the bytes and hangs up after `sent`. */
function cut(reply: RawReply, sent: number): RawReply {
  const body = reply.body ?? new Uint8Array();
  return { ...reply, length: body.length, body: body.subarray(0, sent) };
}

Deno.test("downloadFile() puts the whole file in place and leaves nothing else", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  const result = await trial.run();
  await trial.assertDone();
  assert.equal(result.bytes, BYTES.length);
  assert.deepEqual(result.digests, { sha256: sha256(BYTES), md5: md5(BYTES) });
  assert.deepEqual(trial.progress.updates.at(-1), [BYTES.length, BYTES.length]);
  assert.deepEqual(trial.progress.ends, [true]);
  assert.equal(trial.server.requests[0]?.headers.get("accept-encoding"), "identity");
});

Deno.test("downloadFile() accepts a sha256 prefix or an md5 as hash", async () => {
  for (
    const digest of [
      { algorithm: "sha256", hex: RIGHT.hex.slice(0, 8) },
      { algorithm: "md5", hex: md5(BYTES) },
    ] as const
  ) {
    await using trial = new Trial((request) => honest(request, BYTES));
    await trial.run({ digests: [{ algorithm: "sha256", hex: "0".repeat(64) }, digest] });
    await trial.assertDone();
  }
});

Deno.test("downloadFile() goes on where the connection was cut", async () => {
  await using trial = new Trial((request, index) =>
    index < 3 ? cut(honest(request, BYTES), 9_000) : honest(request, BYTES)
  );
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 9_000, 18_000, 27_000]);
  assert.equal(trial.server.requests[1]?.headers.get("if-range"), '"v1"');
  assert.equal(trial.progress.notes.length, 3);
  assert.match(trial.progress.notes[0] ?? "", /connection was lost.*trying again in 1s/);
});

Deno.test("downloadFile() waits longer each time nothing new comes, then gives up", async () => {
  await using trial = new Trial(() => ({ status: 503 }));
  await assert.rejects(trial.run(), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.match(error.message, /127\.0\.0\.1:\d+ answered 503.*tried 5 times/);
    return true;
  });
  // Full jitter above half, at random() = 0.5: three quarters of 1, 2, 4 and 8 seconds.
  assert.deepEqual(trial.clock.sleeps, [750, 1500, 3000, 6000]);
  await trial.assertAbsent();
  assert.deepEqual(trial.progress.ends, [false]);
});

Deno.test("downloadFile() starts over when the server ignores ranges", async () => {
  await using trial = new Trial((_, index) => {
    const whole = { headers: { etag: '"v1"' }, body: BYTES };
    return index === 0 ? cut(whole, 10_000) : whole;
  });
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 10_000]);
});

Deno.test("downloadFile() gives up on a server that always starts over and hangs up", async () => {
  await using trial = new Trial(() => cut({ body: BYTES }, 10_000));
  await assert.rejects(trial.run(), /connection was lost.*tried 5 times/);
  // The first try brought something new; four more did not.
  assert.equal(trial.server.requests.length, 5);
  await trial.assertAbsent();
});

Deno.test("downloadFile() does not mix two versions of a file", async () => {
  const old = sampleBytes(BYTES.length).reverse();
  await using trial = new Trial((request, index) =>
    index === 0 ? cut(honest(request, old, '"old"'), 10_000) : honest(request, BYTES, '"new"')
  );
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 10_000]);
});

Deno.test("downloadFile() fetches a pieced file anew when its pieces do not fit", async () => {
  const old = sampleBytes(BYTES.length).reverse();
  await using trial = new Trial((request, index) => {
    // A server without validators: nothing tells that the file has changed.
    const { headers, ...reply } = honest(request, index === 0 ? old : BYTES);
    const { etag: _etag, ...kept } = headers ?? {};
    return index === 0 ? cut({ ...reply, headers: kept }, 10_000) : { ...reply, headers: kept };
  });
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 10_000, undefined]);
  assert.match(trial.progress.notes.at(-1) ?? "", /pieces do not fit together/);
});

Deno.test("downloadFile() refuses wrong bytes and keeps nothing of them", async () => {
  const wrong = sampleBytes(500);
  await using trial = new Trial(() => ({ body: wrong }));
  await assert.rejects(trial.run(), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.match(error.message, new RegExp(`sha256 is ${sha256(wrong)}`));
    assert.match(error.message, new RegExp(`wanted sha256 ${RIGHT.hex.slice(0, 16)}…`));
    return true;
  });
  assert.deepEqual(await trial.store.files(), []);
});

Deno.test("downloadFile() notices a file announced shorter than it is", async () => {
  await using trial = new Trial(() => ({ body: BYTES, length: BYTES.length - 7 }));
  await assert.rejects(trial.run(), /not the right one/);
  assert.deepEqual(await trial.store.files(), []);
});

Deno.test("downloadFile() notices a file announced longer than it is", async () => {
  await using trial = new Trial((request) => {
    const reply = honest(request, BYTES);
    if (reply.status === 416) return reply;
    return { ...reply, length: (reply.body?.length ?? 0) + 100 };
  });
  // The hash is what counts: the bytes are all there, and the 416 says so.
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, BYTES.length]);
});

Deno.test("downloadFile() without any hash still needs the announced length", async () => {
  await using trial = new Trial(() => ({ body: BYTES, length: BYTES.length + 100 }));
  await assert.rejects(trial.run({ digests: [] }), /tried 5 times/);
  await trial.assertAbsent();
});

Deno.test("downloadFile() reads a body without a length to its end", async () => {
  await using trial = new Trial(() => ({ body: BYTES, length: null }));
  await trial.run();
  await trial.assertDone();
});

Deno.test("downloadFile() checks against the hub's own hash and size when there is no other", async () => {
  const linked = { "x-linked-etag": `"${sha256(BYTES)}"`, "x-linked-size": `${BYTES.length}` };
  await using right = new Trial(() => ({ headers: linked, body: BYTES }));
  await right.run({ digests: [] });
  await right.assertDone();

  await using wrong = new Trial(() => ({ headers: linked, body: sampleBytes(100) }));
  await assert.rejects(wrong.run({ digests: [] }), /not the right one/);

  await using short = new Trial(() => ({
    headers: { "x-linked-size": `${BYTES.length}` },
    body: BYTES.subarray(1),
  }));
  await assert.rejects(short.run({ digests: [] }), /39999 bytes where the hub says 40000/);
  assert.deepEqual(await short.store.files(), []);
});

Deno.test("downloadFile() continues a part left by an earlier run", async () => {
  await using trial = new Trial((request, index) =>
    index === 0 ? cut(honest(request, BYTES), 15_000) : honest(request, BYTES)
  );
  const controller = new AbortController();
  trial.progress.onUpdate = (done) => {
    if (done === 15_000) controller.abort(new Error("stopped"));
  };
  await assert.rejects(trial.run({}, { signal: controller.signal }), /stopped/);
  await trial.assertAbsent();
  trial.progress.onUpdate = () => {};
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 15_000]);
});

Deno.test("downloadFile() finishes a part that was complete when its process died", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  const url = `${trial.server.origin}/file`;
  await trial.store.put("files/weights.pt.part", BYTES);
  await Deno.writeTextFile(`${trial.target}.part.json`, JSON.stringify({ url }));
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [BYTES.length]);
});

Deno.test("downloadFile() does not continue a part of another address", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  await trial.store.put("files/weights.pt.part", BYTES.subarray(0, 9));
  for (const record of [`{"url":"http://other.test/file"}`, "not json", "null"]) {
    await Deno.writeTextFile(`${trial.target}.part.json`, record);
    await trial.run();
    await trial.assertDone();
    await trial.store.put("files/weights.pt.part", BYTES.subarray(0, 9));
  }
  assert.deepEqual(trial.ranges, [undefined, undefined, undefined]);
});

Deno.test("downloadFile() starts over after a 416 that does not fit", async () => {
  await using trial = new Trial((request, index) => {
    if (index === 0) return cut(honest(request, BYTES), 10_000);
    if (index === 1) return { status: 416, headers: { "content-range": "bytes */5" } };
    return honest(request, BYTES);
  });
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.ranges, [undefined, 10_000, undefined]);
});

Deno.test("downloadFile() starts over when the server continues somewhere else", async () => {
  await using trial = new Trial((request, index) => {
    if (index === 0) return cut(honest(request, BYTES), 10_000);
    if (index === 1) {
      return {
        status: 206,
        headers: { "content-range": `bytes 5-39999/40000` },
        body: BYTES.subarray(5),
      };
    }
    return honest(request, BYTES);
  });
  await trial.run();
  await trial.assertDone();
});

Deno.test("downloadFile() waits as long as Retry-After says, within reason", async () => {
  await using trial = new Trial((request, index) =>
    index === 0 ? { status: 429, headers: { "retry-after": "17" } } : honest(request, BYTES)
  );
  await trial.run();
  await trial.assertDone();
  assert.deepEqual(trial.clock.sleeps, [17_000]);

  await using patient = new Trial(() => ({ status: 429, headers: { "retry-after": "7200" } }));
  await assert.rejects(patient.run(), /fewer requests \(429\) and wants 2h00m of patience/);
  assert.equal(patient.server.requests.length, 1);
});

Deno.test("downloadFile() says what a refusal means and does not repeat the question", async () => {
  const table: [number, RegExp][] = [
    [401, /refuses access \(401\).*HF_TOKEN/],
    [403, /refuses access \(403\)/],
    [404, /does not have the file \(404\)/],
    [400, /answered 400/],
    [416, /answered 416 to a request for the whole file/],
  ];
  for (const [status, message] of table) {
    await using trial = new Trial(() => ({ status }));
    await assert.rejects(trial.run(), message);
    assert.equal(trial.server.requests.length, 1, `${status}`);
    assert.deepEqual(await trial.store.files(), []);
  }
});

Deno.test("downloadFile() refuses a web page", async () => {
  await using trial = new Trial(() => ({
    headers: { "content-type": "text/html; charset=utf-8" },
    body: new TextEncoder().encode("<html>Please log in</html>"),
  }));
  await assert.rejects(trial.run(), /a web page instead of the file/);
  assert.deepEqual(await trial.store.files(), []);
});

Deno.test("downloadFile() takes silence for a lost connection", async () => {
  await using trial = new Trial((request, index) =>
    index === 0 ? { ...cut(honest(request, BYTES), 10_000), hold: true } : honest(request, BYTES)
  );
  trial.progress.onUpdate = (done) => {
    if (done < 10_000) return;
    // Rings once the reader waits for the bytes that never come.
    queueMicrotask(() => trial.clock.ring());
    trial.progress.onUpdate = () => {};
  };
  await trial.run();
  await trial.assertDone();
  assert.match(trial.progress.notes[0] ?? "", /nothing came for 60 seconds/);
  assert.deepEqual(trial.ranges, [undefined, 10_000]);
});

Deno.test("downloadFile() follows redirects, and gives its token to its own host only", async () => {
  await using storage = new RawServer((request) => honest(request, BYTES));
  await using trial = new Trial((request) =>
    request.path === "/file"
      ? { status: 302, headers: { location: "/again" } }
      : { status: 307, headers: { location: `${storage.origin}/blob` } }
  );
  await trial.run({ token: "secret" });
  await trial.assertDone();
  const authorization = (server: RawServer) =>
    server.requests.map(({ headers }) => headers.get("authorization"));
  assert.deepEqual(authorization(trial.server), ["Bearer secret", "Bearer secret"]);
  assert.deepEqual(authorization(storage), [undefined]);
});

Deno.test("downloadFile() refuses endless and broken redirects", async () => {
  await using endless = new Trial(() => ({ status: 302, headers: { location: "/file" } }));
  await assert.rejects(endless.run(), /redirected more than 10 times/);
  await using lost = new Trial(() => ({ status: 302 }));
  await assert.rejects(lost.run(), /without an address to go to/);
  await using strange = new Trial(() => ({ status: 302, headers: { location: "file:///etc/x" } }));
  await assert.rejects(strange.run(), /redirects from|cannot/i);
});

Deno.test("downloadFile() asks an unreachable host only twice", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  await assert.rejects(trial.run({ url: `${CLOSED_ORIGIN}/file` }), (error) => {
    assert.ok(error instanceof RefusedError && error.unreachable);
    assert.match(error.message, /^connection refused \(tried 2 times\)$/);
    return true;
  });
});

Deno.test("downloadFile() refuses before the first byte when the disk has no room", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  await assert.rejects(
    trial.run({}, { freeBytes: () => Promise.resolve(1_000) }),
    (error) => {
      assert.ok(error instanceof ClipError);
      assert.match(error.message, /disk is full: .* needs 40\.0 kB more, and 1\.00 kB are free/);
      assert.match(error.message, /CLIPLINE_CACHE/);
      return true;
    },
  );
  assert.deepEqual(await trial.store.files(), []);
});

Deno.test({
  name: "downloadFile() says that the disk is full when it fills up on the way",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using trial = new Trial((request) => honest(request, BYTES));
    await Deno.mkdir(join(trial.store.root, "files"));
    await Deno.symlink("/dev/full", `${trial.target}.part`);
    await assert.rejects(trial.run(), (error) => {
      assert.ok(error instanceof ClipError);
      assert.match(error.message, /The disk is full: cannot write/);
      return true;
    });
    await trial.assertAbsent();
  },
});

Deno.test("downloadFile() says that the cache folder cannot be made", async () => {
  await using trial = new Trial((request) => honest(request, BYTES));
  await trial.store.put("files", new Uint8Array(1));
  await assert.rejects(trial.run(), /Cannot write to the cache folder|exists/);
});
