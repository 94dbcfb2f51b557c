/** What a server may do to the one that fetches from it. */
import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import { UriLoader } from "../../../src/service/uri/load_uri.ts";
import { Certificates } from "../../support/certificates.ts";
import { until, untilSo } from "../../support/until.ts";

const LIMITS = {
  allowPrivateUris: true,
  allowLocalFiles: [],
  timeoutMs: 60_000,
  maxBytes: 100_000,
  maxRedirects: 3,
  concurrency: 4,
};
/** For servers that are given up after a time. */
const HURRIED = { ...LIMITS, timeoutMs: 300 };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A server that says what it says; `open` counts its connections. */
class RawServer {
  readonly #listener: Deno.Listener;
  readonly #handled: Promise<void>[] = [];
  open = 0;
  asked = 0;

  constructor(readonly script: (write: (text: string) => Promise<void>, path: string) => unknown) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accept();
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) this.#handled.push(this.#handle(conn));
    } catch { /* closed */ }
  }

  async #handle(conn: Deno.Conn): Promise<void> {
    this.open++;
    const buffer = new Uint8Array(65536);
    try {
      const read = await conn.read(buffer);
      this.asked++;
      const path = new TextDecoder().decode(buffer.subarray(0, read ?? 0)).split(" ")[1] ?? "";
      const write = async (text: string) => {
        for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) {
          bytes = bytes.subarray(await conn.write(bytes));
        }
      };
      // An answer that is `HELD` keeps the connection open until the client ends it.
      if (await this.script(write, path) === HELD) { while (await conn.read(buffer) !== null); }
    } catch {
      /* the client has left */
    } finally {
      conn.close();
      this.open--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await Promise.all(this.#handled);
  }
}

const HELD = Symbol();

async function endless(write: (text: string) => Promise<void>, text: string): Promise<void> {
  while (true) await write(text);
}

const ATTACKS: [name: string, script: RawServer["script"], reason: RegExp][] = [
  ["101, connection held", async (write) => {
    await write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    return HELD;
  }, /answered 101/],
  [
    "interim answers without end",
    (write) => endless(write, "HTTP/1.1 103 E\r\n\r\n".repeat(500)),
    /interim answers only/,
  ],
  [
    "one interim answer without end",
    async (write) => {
      await write("HTTP/1.1 103 E\r\n");
      await endless(write, "link: x\r\n".repeat(500));
    },
    /headers are too long/,
  ],
  [
    "headers without end",
    async (write) => {
      await write("HTTP/1.1 200 OK\r\n");
      await endless(write, `x: ${"y".repeat(5000)}\r\n`);
    },
    /headers are too long/,
  ],
  ["a header of one line without end", (write) => endless(write, "x".repeat(5000)), /too long/],
  ["silence", () => HELD, /no complete answer within 300 ms/],
  ["half a head", async (write) => {
    await write("HTTP/1.1 200 OK\r\nContent-");
    return HELD;
  }, /within 300 ms/],
  ["a body of which nothing comes", async (write) => {
    await write("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n");
    return HELD;
  }, /within 300 ms/],
  ["a byte at a time", async (write) => {
    await write("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n");
    while (true) {
      await write("x");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }, /within 300 ms/],
  [
    "a body without end",
    async (write) => {
      await write("HTTP/1.1 200 OK\r\n\r\n");
      await endless(write, "x".repeat(5000));
    },
    /larger than 100000 bytes/,
  ],
  [
    "chunks without end",
    async (write) => {
      await write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      await endless(write, `1000\r\n${"x".repeat(4096)}\r\n`);
    },
    /larger than 100000 bytes/,
  ],
  [
    "a chunk extension without end",
    async (write) => {
      await write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
      await endless(write, "x".repeat(5000));
    },
    /chunks are broken/,
  ],
  [
    "chunk extensions without end",
    async (write) => {
      await write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      await endless(write, `1;${"x".repeat(900)}\r\ny\r\n`);
    },
    /smaller than what is around/,
  ],
  [
    "a chunk of a strange size",
    (write) => write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
    /chunks are broken/,
  ],
  [
    "a chunk that is longer than it says",
    (write) => write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n"),
    /chunks are broken/,
  ],
  ["a body cut short", (write) => write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), /broke/],
  ["a head cut short", (write) => write("HTTP/1.1 200 OK\r\nContent"), /broke/],
  ["nothing", () => undefined, /broke/],
  ["a length of a petabyte", async (write) => {
    await write("HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n");
    return HELD;
  }, /larger than 100000 bytes/],
  [
    "a length that is none",
    (write) => write("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
    /length/,
  ],
  [
    "two lengths",
    (write) => write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    /length/,
  ],
  [
    "an encoding that nobody asked for",
    (write) => write("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
    /transfer encoding/,
  ],
  ["HTTP/2", (write) => write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), /not HTTP\/1\.1/],
  ["HTTP/0.9", (write) => write("<html>\n\n"), /not HTTP\/1\.1/],
  [
    "a redirect to itself",
    (write, path) => write(`HTTP/1.1 302 F\r\nLocation: ${path}\r\n\r\n`),
    /more than 3 redirects/,
  ],
];

for (const [name, script, reason] of ATTACKS) {
  Deno.test(`a server that answers with ${name} fails its fetch, and no slot or connection stays`, async () => {
    await using server = new RawServer((write, path) =>
      path === "/ok" ? write(OK) : script(write, path)
    );
    // Where it is not time that ends them, time is no matter.
    const isSlow = reason.source.includes("300 ms");
    const loader = new UriLoader(isSlow ? HURRIED : LIMITS);
    const { signal } = new AbortController();
    const attacks = Array.from({ length: 3 }, (_, i) => loader.load(`${server.base}/${i}`, signal));
    await Promise.all(attacks.map((attack) =>
      assert.rejects(attack, (error: ClipError) => {
        assert.equal(error.kind, "document", error.message);
        assert.match(error.message, reason);
        return true;
      })
    ));
    // A busy machine may need more than one hurried try.
    const ok = () => loader.load(`${server.base}/ok`, signal).catch((error: ClipError) => error);
    const loaded = isSlow ? await until(ok, (got) => got instanceof Uint8Array) : await ok();
    assert.ok(loaded instanceof Uint8Array && loaded.length === 2, String(loaded));
    await untilSo(() => server.open === 0);
  });
}

Deno.test("a client that leaves ends its fetch, wherever it is, and gives back its slot", async () => {
  await using server = new RawServer((write, path) => path === "/ok" ? write(OK) : HELD);
  const loader = new UriLoader(LIMITS);
  const leaving = new AbortController();
  // One is fetched at a time; the others wait for the host.
  const fetches = Array.from(
    { length: 5 },
    (_, i) => loader.load(`${server.base}/${i}`, leaving.signal),
  );
  await untilSo(() => server.asked === 1);
  leaving.abort(new ClipError("cancelled", "gone"));
  await Promise.all(fetches.map((fetch) => assert.rejects(fetch, /gone/)));
  assert.equal(server.asked, 1);
  await untilSo(() => server.open === 0);
  const { signal } = new AbortController();
  assert.equal((await loader.load(`${server.base}/ok`, signal)).length, 2);
});

Deno.test("a slow host leaves the other slots to others", async () => {
  await using slow = new RawServer(() => HELD);
  await using quick = new RawServer((write) => write(OK));
  const loader = new UriLoader({ ...LIMITS, concurrency: 8 });
  const leaving = new AbortController();
  const held = Array.from(
    { length: 40 },
    (_, i) =>
      loader.load(`${slow.base}/${i}`, leaving.signal).catch((error: Error) => error.message),
  );
  await untilSo(() => slow.asked === 2);
  const { signal } = new AbortController();
  const here = quick.base.replace("127.0.0.1", "localhost");
  assert.equal((await loader.load(`${here}/x`, signal)).length, 2);
  assert.equal(slow.asked, 2);
  leaving.abort(new Error("gone"));
  assert.deepEqual(new Set(await Promise.all(held)), new Set(["gone"]));
});

Deno.test("a URI that one request names twice is fetched once, for two requests twice", async () => {
  await using server = new RawServer((write) => write(OK));
  const loader = new UriLoader(LIMITS);
  const [one, two] = [new AbortController(), new AbortController()];
  const uri = `${server.base}/x`;
  const answers = [one, one, one, two].map(({ signal }) => loader.load(uri, signal));
  for (const answer of answers) assert.equal(new TextDecoder().decode(await answer), "ok");
  assert.equal(server.asked, 2);
});

Deno.test("interim answers before the real one are passed over, and what is packed stays so", async () => {
  await using server = new RawServer((write) =>
    write(
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" +
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n" +
        "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
    )
  );
  const { signal } = new AbortController();
  const bytes = await new UriLoader(LIMITS).load(`${server.base}/x`, signal);
  assert.equal(new TextDecoder().decode(bytes), "abcde");
});

Deno.test("a TLS handshake that never ends is given up, and a certificate nobody vouches for refused", async () => {
  await using silent = new RawServer(() => HELD);
  const { signal } = new AbortController();
  const loader = new UriLoader(HURRIED);
  const over = (base: string) => loader.load(base.replace("http:", "https:") + "/x", signal);
  await assert.rejects(over(silent.base), /within 300 ms/);
  await untilSo(() => silent.open === 0);
  using certificates = new Certificates();
  certificates.selfSigned("server");
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: Deno.readTextFileSync(certificates.path("server.crt")),
    key: Deno.readTextFileSync(certificates.path("server.key")),
    onListen() {},
  }, () => new Response("ok"));
  await assert.rejects(
    new UriLoader(LIMITS)
      .load(`https://127.0.0.1:${server.addr.port}/x`, signal),
    /certificate/,
  );
  await server.shutdown();
});
