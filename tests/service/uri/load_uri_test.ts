import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../../../src/errors.ts";
import { type UriLimits, UriLoader } from "../../../src/service/uri/load_uri.ts";

const LIMITS: UriLimits = {
  allowPrivateUris: true,
  allowLocalFiles: [],
  timeoutMs: 60_000,
  maxBytes: 1000,
  maxRedirects: 3,
  concurrency: 2,
};
const { signal } = new AbortController();

async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  work: (base: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
  try {
    await work(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

async function refused(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  await assert.rejects(promise, (error: ClipError) => {
    assert.equal(error.kind, "document", error.message);
    assert.match(error.message, reason);
    return true;
  });
}

Deno.test("load() fetches over http, through redirects", async () => {
  await withServer((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/a") return new Response(null, { status: 302, headers: { location: "b" } });
    return new Response("picture");
  }, async (base) => {
    const bytes = await new UriLoader(LIMITS).load(`${base}/a`, signal);
    assert.equal(new TextDecoder().decode(bytes), "picture");
  });
});

Deno.test("load() tells other servers of a trace only if the flow says so", async () => {
  const heard: (string | null)[] = [];
  await withServer((request) => {
    heard.push(request.headers.get("traceparent"), request.headers.get("tracestate"));
    return new Response("picture");
  }, async (base) => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await new UriLoader(LIMITS).load(base, signal, trace);
    assert.deepEqual(heard.splice(0), [null, null]);
    await new UriLoader({ ...LIMITS, traceContext: true }).load(base, signal, trace);
    assert.deepEqual(heard, [trace, null]);
  });
});

Deno.test("load() connects to no private address, also behind a redirect or a name", async () => {
  let asked = 0;
  await withServer(() => {
    asked++;
    return new Response("secret");
  }, async (base) => {
    const loader = new UriLoader({ ...LIMITS, allowPrivateUris: false });
    const { port } = new URL(base);
    for (const host of ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]"]) {
      await refused(loader.load(`http://${host}:${port}/x`, signal), /not a public address/);
    }
    await refused(loader.load("http://169.254.169.254/latest/meta-data", signal), /link-local/);
  });
  assert.equal(asked, 0);
});

Deno.test("load() bounds redirects, and follows none to another scheme", async () => {
  await withServer((request) => {
    const { pathname } = new URL(request.url);
    const location = pathname === "/file" ? "file:///etc/passwd" : "/again";
    return new Response(null, { status: 301, headers: { location } });
  }, async (base) => {
    const loader = new UriLoader(LIMITS);
    await refused(loader.load(`${base}/again`, signal), /more than 3 redirects/);
    await refused(loader.load(`${base}/file`, signal), /scheme 'file:'/);
  });
});

Deno.test("load() bounds the bytes, whether the length is declared or not", async () => {
  await withServer((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/declared") return new Response("x".repeat(2000));
    const chunk = new TextEncoder().encode("x".repeat(100));
    let left = 1000;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(chunk);
          else controller.close();
        },
      }),
    );
  }, async (base) => {
    const loader = new UriLoader(LIMITS);
    await refused(loader.load(`${base}/declared`, signal), /larger than 1000 bytes/);
    await refused(loader.load(`${base}/chunked`, signal), /larger than 1000 bytes/);
  });
});

Deno.test("load() gives up on a server that does not answer in time", async () => {
  const never = Promise.withResolvers<Response>();
  await withServer(() => never.promise, async (base) => {
    const loader = new UriLoader({ ...LIMITS, timeoutMs: 100 });
    await refused(loader.load(base, signal), /within 100 ms/);
    never.resolve(new Response());
  });
});

Deno.test("load() tells what went wrong, without the query", async () => {
  await withServer(() => new Response("no", { status: 404 }), async (base) => {
    const loader = new UriLoader(LIMITS);
    await assert.rejects(loader.load(`${base}/x.png?token=secret`, signal), (error: ClipError) => {
      assert.match(error.message, /\/x\.png: the server answered 404/);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  });
  const loader = new UriLoader(LIMITS);
  await refused(loader.load("http://127.0.0.1:1/", signal), /refused/);
  await refused(loader.load("http://no-such-host.invalid/", signal), /resolved/);
});

Deno.test("load() runs a limited number of fetches at one time, of one host a quarter", async () => {
  let active = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  await withServer(async () => {
    most = Math.max(most, ++active);
    if (active === 2) gate.resolve();
    await gate.promise;
    active--;
    return new Response("x");
  }, async (base) => {
    const loader = new UriLoader({ ...LIMITS, concurrency: 8 });
    await Promise.all(Array.from({ length: 8 }, (_, i) => loader.load(`${base}/${i}`, signal)));
  });
  assert.equal(most, 2);
});

Deno.test("a client that leaves while its fetch waits leaves the line at once", async () => {
  const answer = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await withServer(async () => {
    arrived.resolve();
    await answer.promise;
    return new Response("x");
  }, async (base) => {
    const loader = new UriLoader({ ...LIMITS, concurrency: 1 });
    const first = loader.load(`${base}/1`, signal);
    await arrived.promise;
    const leaving = new AbortController();
    const second = loader.load(`${base}/2`, leaving.signal);
    const third = loader.load(`${base}/3`, signal);
    leaving.abort(new Error("gone"));
    await assert.rejects(second, /gone/);
    answer.resolve();
    assert.equal((await first).length, 1);
    assert.equal((await third).length, 1);
  });
});

Deno.test("load() reads local files only inside the directories allowed", async () => {
  const root = await Deno.makeTempDir();
  const inside = join(root, "pictures");
  await Deno.mkdir(inside);
  await Deno.writeTextFile(join(inside, "a.png"), "picture");
  await Deno.writeTextFile(join(root, "secret.txt"), "secret");
  await Deno.symlink(join(root, "secret.txt"), join(inside, "link.png"));
  try {
    const loader = new UriLoader({ ...LIMITS, allowLocalFiles: [inside] });
    const bytes = await loader.load(`file://${inside}/a.png`, signal);
    assert.equal(new TextDecoder().decode(bytes), "picture");
    assert.equal((await loader.load(join(inside, "a.png"), signal)).length, 7);
    for (
      const uri of [
        join(root, "secret.txt"),
        join(inside, "..", "secret.txt"),
        join(inside, "link.png"),
        join(inside, "missing.png"),
        `${inside}-other/a.png`,
        "file://host/etc/passwd",
        "ftp://example.org/a.png",
        inside + "/a.png\0",
      ]
    ) await refused(loader.load(uri, signal), /local files are not read outside/);
    await refused(loader.load(inside, signal), /not a regular file/);
    const closed = new UriLoader(LIMITS);
    await refused(closed.load(join(inside, "a.png"), signal), /'allow_local_files'/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
