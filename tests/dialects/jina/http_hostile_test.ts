/** What clients may send by malice or accident: each is answered or dropped, and the server lives. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Log } from "../../../src/telemetry/log.ts";
import { WORKER_URLS } from "../../../src/server/executor.ts";
import { GateFile } from "../../support/gate_file.ts";
import { Certificates } from "../../support/certificates.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { until, untilSo } from "../../support/until.ts";
import { raw } from "../../support/raw_http.ts";
import { startTestServer } from "../../support/server.ts";

const FAULTY_REPLICA = new URL("../../dispatch/workers/faulty_replica.ts", import.meta.url).href;
const JSON_TYPE = { "content-type": "application/json" };

function post(url: string, body: string | Uint8Array, headers: HeadersInit = {}) {
  return fetch(`${url}/post`, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: body as BodyInit,
  });
}

async function assertAlive(url: string): Promise<void> {
  const response = await post(url, '{"data":[{"text":"still here"}]}');
  assert.equal(response.status, 200);
  assert.equal((await response.json()).data[0].embedding.length, 64);
}

function head(length: number | string, ...more: string[]): string {
  return [
    "POST /post HTTP/1.1",
    "host: test",
    "content-type: application/json",
    `content-length: ${length}`,
    ...more,
    "",
    "",
  ].join("\r\n");
}

/** Lines that tell of a fault of the server's own: there must be none. */
function faultLog(): { faults: string[]; log: Log } {
  const faults: string[] = [];
  const write = (line: string) => faults.push(line);
  return { faults, log: new Log("test", { level: "ERROR", json: false, color: false, write }) };
}

Deno.test("the HTTP gateway survives hostile bodies", async (t) => {
  const { faults, log } = faultLog();
  const { server, url } = await startTestServer({
    log,
    gateway: ["max_message_bytes: 20000000", "max_documents: 20000"],
  });
  const nest = (open: string, close: string, depth: number) =>
    open.repeat(depth) + close.repeat(depth);
  const cases: [string, string | Uint8Array, number, RegExp][] = [
    ["100,000 open brackets", "[".repeat(100_000), 422, /"body",100000/],
    ["a body of nested lists", nest("[", "]", 100_000), 422, /nested deeper|not a valid dict/],
    [
      "nested tags",
      `{"data":[{"tags":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}]}`,
      422,
      /nested deeper/,
    ],
    ["nested parameters", `{"parameters":{"a":${nest("[", "]", 50_000)}}}`, 422, /nested deeper/],
    [
      "nested matches",
      `{"data":[{"matches":[${'{"matches":['.repeat(20_000)}${"]}".repeat(20_000)}]}]}`,
      422,
      /nested deeper/,
    ],
    ["a nested tensor", `{"data":[{"tensor":${nest("[", "]", 50_000)}}]}`, 422, /nested deeper/],
    ["a ragged tensor", '{"data":[{"tensor":[[1,2],[3]]}]}', 200, /'tensor' as it is a list of/],
    ["a number beyond float64", '{"data":[{"weight":1e999}]}', 422, /weight/],
    ["a level beyond uint32", '{"data":[{"granularity":4294967296}]}', 422, /granularity/],
    ["a very long number", `{"data":[{"weight":${"9".repeat(100_000)}}]}`, 422, /weight/],
    [
      "invalid UTF-8",
      new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
      422,
      /UTF-8/,
    ],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), 422, /UTF-8/],
    ["nothing", "", 422, /Expecting value/],
    ["a byte of zero", "\0", 422, /Expecting value/],
    ["null documents", '{"data":[null]}', 422, /"data",0/],
    ["documents in documents", '{"data":{"docs":{"docs":[]}}}', 422, /docs/],
    ["parameters in a list", '{"parameters":["@r"]}', 422, /parameters/],
    [
      "a model that is no text",
      '{"data":[],"parameters":{"model_name":{"a":1}}}',
      422,
      /model_name/,
    ],
    [
      "paths of a million steps",
      JSON.stringify({
        data: [{ text: "x" }],
        parameters: { access_paths: `@${"c".repeat(1_000_000)}` },
      }),
      200,
      /"data"/,
    ],
    [
      "slices beyond all numbers",
      '{"data":[{"text":"x"}],"parameters":{"access_paths":"@r[:99999999999999999999999]"}}',
      200,
      /"data"/,
    ],
    [
      "an endpoint of a megabyte",
      JSON.stringify({ execEndpoint: `/${"x".repeat(1_000_000)}`, data: [] }),
      200,
      /"data"/,
    ],
    ["lone surrogates", '{"data":[{"text":"\\ud800","id":"\\udfff"}]}', 200, /"embedding":\[/],
    [
      "a text of a megabyte",
      JSON.stringify({ data: [{ text: "word ".repeat(200_000) }] }),
      200,
      /"embedding":\[/,
    ],
    [
      "controls and directions",
      JSON.stringify({ data: [{ text: "\0\u202e\ufeff\u0007" }] }),
      200,
      /"data"/,
    ],
  ];
  for (const [name, body, status, reason] of cases) {
    await t.step(name, async () => {
      const response = await post(url, body);
      const text = await response.text();
      assert.equal(response.status, status, text.slice(0, 500));
      assert.match(text, reason);
      assert.ok(!/\.ts:\d+/.test(text), "no stack trace");
      JSON.parse(text);
    });
  }
  await assertAlive(url);

  await t.step("of a key given twice the last one counts", async () => {
    const response = await post(url, '{"data":[],"data":[{"text":"a","text":"b"}]}');
    assert.equal((await response.json()).data[0].text, "b");
  });

  await t.step("__proto__ and its kin are names like any other", async () => {
    const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
    for (const name of names) {
      const evil = `{"${name}":{"polluted":"yes","access_paths":"@c","model_name":"x"}}`;
      const response = await post(
        url,
        `{"data":[{"text":"a","tags":${evil},"scores":{"${name}":{"value":1}}}],` +
          `"parameters":${evil},"${name}":{"data":[]}}`,
      );
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.ok(text.includes(`"tags":${evil}`), name);
      assert.ok(text.includes(`"parameters":${evil}`), name);
      assert.equal(JSON.parse(text).data[0].embedding.length, 64);
    }
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  await t.step("10,000 documents are served in one request, 20,001 are not", async () => {
    const many = (count: number) => JSON.stringify({ data: Array(count).fill({ tags: { a: 1 } }) });
    const response = await post(url, many(10_000));
    assert.equal((await response.json()).data.length, 10_000);
    const refused = await post(url, many(20_001));
    assert.equal(refused.status, 413);
    assert.match(await refused.text(), /20000 are allowed/);
  });

  await t.step("10,000 broken documents do not make a long answer", async () => {
    const response = await post(url, JSON.stringify({ data: Array(10_000).fill({ text: 1 }) }));
    assert.equal(response.status, 422);
    assert.ok((await response.text()).length < 10_000);
  });

  await t.step(
    "compressed bodies: truncated, with a tail, not packed, of an odd coding",
    async () => {
      const packed = gzipSync('{"data":[{"text":"packed"}]}');
      const broken: [string, Uint8Array, number][] = [
        ["gzip", packed.subarray(0, packed.length - 12), 422],
        ["gzip", packed.subarray(0, 5), 422],
        ["gzip", new Uint8Array([...packed, 1, 2, 3]), 422],
        ["deflate", new TextEncoder().encode("not packed"), 422],
        ["br", new TextEncoder().encode("not packed"), 422],
        ["constructor", packed, 415],
        ["__proto__", packed, 415],
        ["gzip, gzip", packed, 415],
      ];
      for (const [coding, body, status] of broken) {
        const response = await post(url, body, { "content-encoding": coding });
        const text = await response.text();
        assert.equal(response.status, status, `${coding}: ${text}`);
      }
      await assertAlive(url);
    },
  );

  await t.step("heads that are no heads", async () => {
    const heads = [
      head("-1"),
      head("1e3"),
      head("99999999999999999999"),
      head(2, "content-length: 3") + "{}",
      head(2, "transfer-encoding: chunked") + "zz\r\n{}\r\n",
      "GET /status HTTP/1.1\r\nhost: bad host\r\nconnection: close\r\n\r\n",
      "GET /status HTTP/1.1\r\nhost: [::\r\nconnection: close\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
      "\0\0\0\0\r\n\r\n",
      `GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: a\r\n${"x: yyyy\r\n".repeat(20_000)}connection: close\r\n\r\n`,
    ];
    for (const sent of heads) {
      const answer = await raw(url, sent);
      assert.match(answer, /^$|^HTTP\/1.1 4\d\d /, `${sent.slice(0, 80)} -> ${answer}`);
    }
    await assertAlive(url);
  });

  await t.step("Content-Length that is too small cuts the body", async () => {
    const answer = await raw(url, head(5, "connection: close") + '{"data":[]}');
    assert.match(answer, /^HTTP\/1.1 422 /);
  });

  assert.deepEqual(faults, []);
  assert.equal(server.executors[0]!.encoder.state.replicasReady, 1);
  await server.stop(5000);
});

for (const tls of [false, true]) {
  const way = tls ? "HTTPS" : "HTTP";
  Deno.test(`clients that leave in the middle give their place back, over ${way}`, async () => {
    const places = 3;
    using gate = new GateFile();
    const { faults, log } = faultLog();
    using certificates = new Certificates();
    const lines = [`prefetch: ${places}`];
    if (tls) {
      certificates.selfSigned("one");
      lines.push(
        `ssl_certfile: ${certificates.path("one.crt")}`,
        `ssl_keyfile: ${certificates.path("one.key")}`,
      );
    }
    const caCerts = tls ? [await Deno.readTextFile(certificates.path("one.crt"))] : [];
    using client = Deno.createHttpClient({ caCerts });
    const { server, url } = await startTestServer({
      gateway: lines,
      encoder: [`max_queue: ${places}`],
      workers: { ...WORKER_URLS, replica: gate.before(FAULTY_REPLICA) },
      log,
    });
    const address = { hostname: new URL(url).hostname, port: Number(new URL(url).port) };
    const connect = () => tls ? Deno.connectTls({ ...address, caCerts }) : Deno.connect(address);
    const ask = async () => {
      const init = { method: "POST", headers: JSON_TYPE, body: "{}", client };
      const response = await fetch(`${url}/post`, init);
      await response.body?.cancel();
      return response.status;
    };
    for (
      const sent of [
        head(1_000_000) + '{"data":[',
        head(1_000_000, "content-encoding: gzip"),
        head(2).replace(/content-length: 2/, "transfer-encoding: chunked") + "5\r\n[1,2",
      ]
    ) {
      const open = await Promise.all(Array.from({ length: places }, async () => {
        const connection = await connect();
        await connection.write(new TextEncoder().encode(sent));
        return connection;
      }));
      // What is not complete has no place: others are served.
      assert.equal(await ask(), 200);
      for (const connection of open) connection.close();
      assert.equal(await ask(), 200);
    }
    // What is complete and waits to be computed has a place, until its client leaves.
    const leaving = Array.from({ length: places }, (_, i) => {
      const leave = new AbortController();
      const body = JSON.stringify({ data: [{ text: `slow ${i}` }] });
      const init = { method: "POST", headers: JSON_TYPE, body, client, signal: leave.signal };
      return { leave, left: assert.rejects(fetch(`${url}/post`, init)) };
    });
    const { encoder } = server.executors[0]!;
    const inside = () => encoder.state.running + encoder.state.waiting.text;
    await untilSo(() => inside() === places);
    // As many as 'max_queue' allows wait at the gate, and one is refused.
    const others = Array.from({ length: places + 1 }, ask);
    assert.equal(await Promise.race(others), 503);
    for (const { leave } of leaving) leave.abort();
    for (const { left } of leaving) await left;
    // The replica is held still: it is the places that were given back.
    assert.deepEqual((await Promise.all(others)).sort(), [200, 200, 200, 503]);
    gate.open();
    await untilSo(() => inside() === 0);
    assert.deepEqual(faults, []);
    await server.stop(5000);
  });
}

Deno.test(
  "a body whose chunks break gives its place back at once",
  nodeOnly("has no time limits"),
  async () => {
    const { server, url } = await startTestServer({ gateway: ["prefetch: 1"] });
    const chunked = head(0).replace(/content-length: 0/, "transfer-encoding: chunked");
    for (const broken of ["-1\r\n", "3\r\nabcdef\r\n", "5\r\n[1,2", "zz\r\n"]) {
      const { hostname, port } = new URL(url);
      const connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(new TextEncoder().encode(`${chunked}7\r\n{"data"\r\n`));
      await connection.write(new TextEncoder().encode(broken));
      // What is only unfinished holds its place until its client leaves.
      if (broken.startsWith("5")) connection.close();
      await until(
        async () => (await post(url, '{"data":[{"text":"next"}]}')),
        (response) => {
          void response.body?.cancel();
          return response.status === 200;
        },
      );
      if (!broken.startsWith("5")) connection.close();
    }
    await server.stop(1000);
  },
);
