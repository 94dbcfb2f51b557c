import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { startTestServer } from "../../support/server.ts";

interface Answer {
  header: { requestId: string; status: null | { code: number; description: string } };
  parameters: Record<string, unknown>;
  routes: { executor: string; startTime: string; endTime: string }[];
  data: Record<string, unknown>[];
}

const JSON_TYPE = { "content-type": "application/json" };
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";

async function post(url: string, body: unknown, path = "/post"): Promise<Answer> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  return await response.json();
}

Deno.test("the HTTP gateway", async (t) => {
  const pictures = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    return pathname === "/a.png"
      ? new Response(Uint8Array.fromBase64(PNG))
      : new Response("no", { status: 404 });
  });
  const base = `http://127.0.0.1:${pictures.addr.port}`;
  const { server, url } = await startTestServer({
    gateway: [
      "allow_private_uris: true",
      "max_message_bytes: 200000",
      "max_documents: 50",
      "cors: true",
    ],
  });

  await t.step("embeds texts and images, and keeps id, order and fields", async () => {
    const answer = await post(url, {
      data: [
        { id: "t", text: "a cat", tags: { a: 1 }, weight: 0.5 },
        { id: "u", uri: `${base}/a.png` },
        { id: "b", blob: PNG },
        { id: "d", uri: `data:image/png;base64,${PNG}` },
        { id: "n", tensor: Array.from({ length: 8 }, () => Array(8).fill([1, 2, 3])) },
        { id: "both", text: "text wins", uri: `${base}/missing.png` },
        { id: "empty" },
      ],
      execEndpoint: "/",
      parameters: { any: "thing" },
    });
    assert.equal(answer.header.status, null);
    assert.match(answer.header.requestId, /^[0-9a-f]{32}$/);
    assert.deepEqual(answer.parameters, { any: "thing" });
    assert.deepEqual(answer.data.map(({ id }) => id), ["t", "u", "b", "d", "n", "both", "empty"]);
    for (const doc of answer.data.slice(0, 6)) assert.equal((doc.embedding as []).length, 64);
    assert.equal(answer.data[6]!.embedding, null);
    assert.deepEqual(answer.data[0]!.tags, { a: 1 });
    assert.equal(answer.data[0]!.mime_type, "text/plain");
    assert.equal(answer.data[2]!.blob, PNG);
    assert.deepEqual(answer.data[1]!.embedding, answer.data[2]!.embedding);
    assert.deepEqual(answer.routes.map(({ executor }) => executor), ["gateway", "clip_o"]);
    const [gateway] = answer.routes;
    const lasted = Date.parse(gateway!.endTime) - Date.parse(gateway!.startTime);
    assert.ok(lasted >= 1, `profile() divides by ${lasted} ms`);
  });

  await t.step("drops image content when asked to, and only then", async () => {
    const parameters = { drop_image_content: true };
    const answer = await post(url, { data: [{ blob: PNG }, { text: "a" }], parameters });
    assert.equal(answer.data[0]!.blob, null);
    assert.equal(answer.data[1]!.text, "a");
  });

  await t.step("embeds what access_paths select", async () => {
    const data = [{ text: "root", chunks: [{ text: "chunk" }] }];
    const answer = await post(url, { data, parameters: { access_paths: "@c" } });
    assert.equal(answer.data[0]!.embedding, null);
    const [chunk] = answer.data[0]!.chunks as { embedding: number[] }[];
    assert.equal(chunk!.embedding.length, 64);
  });

  await t.step("ranks matches by score and takes their embeddings away", async () => {
    const data = [{
      text: "a cat",
      matches: [{ id: "x", text: "dog" }, { id: "y", text: "a cat" }],
    }];
    for (const path of ["/rank", "/rank/some-model"]) {
      const answer = await post(url, { data }, path);
      const matches = answer.data[0]!.matches as {
        id: string;
        embedding: null;
        scores: Record<string, { value: number; op_name: string }>;
      }[];
      assert.deepEqual(matches.map(({ id }) => id), ["y", "x"]);
      assert.equal(matches[0]!.embedding, null);
      assert.equal(matches[0]!.scores.clip_score!.op_name, "softmax");
      assert.equal(matches[0]!.scores.clip_score_cosine!.op_name, "cosine");
      assert.ok(matches[0]!.scores.clip_score_cosine!.value > 0.999);
      assert.equal((answer.data[0]!.embedding as []).length, 64);
    }
    const failed = await post(url, { data: [{ text: "alone" }], execEndpoint: "/rank" });
    assert.match(failed.header.status!.description, /no matches/);
  });

  await t.step("tells which document failed, with status 200 and no embedding", async () => {
    const data = [{ id: "good", text: "fine" }, { id: "bad", blob: btoa("no picture") }];
    const answer = await post(url, { data });
    assert.equal(answer.header.status!.code, 1);
    assert.match(answer.header.status!.description, /document 'bad' \(index 1\)/);
    assert.ok(!answer.header.status!.description.includes("good"));
    assert.equal(answer.data[0]!.embedding, null);
  });

  await t.step("skips bad documents with on_error: skip", async () => {
    const data = [{ text: "fine" }, { blob: btoa("no picture") }];
    const answer = await post(url, { data, parameters: { on_error: "skip" } });
    assert.equal(answer.header.status, null);
    assert.equal((answer.data[0]!.embedding as []).length, 64);
    assert.equal(answer.data[1]!.embedding, null);
    assert.match((answer.data[1]!.tags as { clipline_error: string }).clipline_error, /image/);
  });

  await t.step("scales embeddings to unit length with normalize", async () => {
    const answer = await post(url, { data: [{ text: "fine" }], parameters: { normalize: true } });
    const embedding = answer.data[0]!.embedding as number[];
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
  });

  await t.step("answers requests that are wrong in themselves with 4xx JSON", async () => {
    const cases: [string, RequestInit, number, RegExp][] = [
      ["/post", { method: "POST", headers: JSON_TYPE, body: "{" }, 422, /"loc":\["body"/],
      ["/post", { method: "POST", headers: JSON_TYPE, body: '{"data":5}' }, 422, /"data"/],
      ["/post", { method: "POST", headers: JSON_TYPE, body: '{"data":[{"text":1}]}' }, 422, /text/],
      [
        "/post",
        { method: "POST", headers: JSON_TYPE, body: '{"data":[],"parameters":{"normalize":"x"}}' },
        422,
        /"parameters","normalize"/,
      ],
      ["/nope", {}, 404, /Not Found/],
      ["/post", {}, 405, /Method Not Allowed/],
      [
        "/post",
        { method: "POST", headers: { "content-type": "text/xml" }, body: "<a/>" },
        415,
        /xml/,
      ],
      [
        "/post",
        { method: "POST", headers: { ...JSON_TYPE, "content-encoding": "zstd" }, body: "x" },
        415,
        /zstd/,
      ],
      [
        "/post",
        { method: "POST", headers: JSON_TYPE, body: `"${"x".repeat(200_001)}"` },
        413,
        /200000/,
      ],
      [
        "/post",
        {
          method: "POST",
          headers: { ...JSON_TYPE, "content-encoding": "gzip" },
          body: gzipSync("x".repeat(1_000_000)),
        },
        413,
        /200000/,
      ],
      [
        "/post",
        {
          method: "POST",
          headers: { ...JSON_TYPE, "content-encoding": "gzip" },
          body: "this is no gzip",
        },
        422,
        /gzip/,
      ],
      [
        "/post",
        {
          method: "POST",
          headers: JSON_TYPE,
          body: JSON.stringify({ data: Array(51).fill({ text: "x" }) }),
        },
        413,
        /50 are allowed/,
      ],
    ];
    for (const [path, init, status, reason] of cases) {
      const response = await fetch(url + path, init);
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.match(text, reason);
      assert.ok(!/at .*\.ts:/.test(text), "no stack trace");
      JSON.parse(text);
    }
  });

  await t.step("reads compressed bodies", async () => {
    const body = JSON.stringify({ data: [{ text: "packed ".repeat(50) }] });
    const codings = {
      gzip: gzipSync(body),
      br: brotliCompressSync(body),
      deflate: deflateSync(body),
    };
    for (const [coding, packed] of Object.entries(codings)) {
      const response = await fetch(`${url}/post`, {
        method: "POST",
        headers: { ...JSON_TYPE, "content-encoding": coding },
        body: packed,
      });
      assert.equal(((await response.json()) as Answer).header.status, null, coding);
    }
  });

  await t.step("allows other origins with cors: true", async () => {
    const preflight = await fetch(`${url}/post`, {
      method: "OPTIONS",
      headers: {
        "origin": "https://example.org",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.equal(preflight.headers.get("access-control-allow-credentials"), null);
    assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type");
    await preflight.body?.cancel();
  });

  await t.step("tells of itself", async () => {
    assert.deepEqual(await (await fetch(url)).json(), {});
    const dryRun = await (await fetch(`${url}/dry_run`)).json();
    assert.deepEqual(dryRun, { code: 0, description: "", exception: null });
    const status = await (await fetch(`${url}/status`)).json();
    assert.equal(status.executors[0].replicas_ready, 1);
    assert.equal((await (await fetch(`${url}/healthz/ready`)).json()).status, "ready");
  });

  await server.stop(5000);
  await pictures.shutdown();
});

Deno.test("a body that does not end keeps nobody out, whatever prefetch allows", async () => {
  const { server, url } = await startTestServer({ gateway: ["prefetch: 1"] });
  const held = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"data":[{"text":"slow"}'));
      await held.promise;
      controller.enqueue(new TextEncoder().encode("]}"));
      controller.close();
    },
  });
  const slow = fetch(`${url}/post`, { method: "POST", headers: JSON_TYPE, body });
  for (let i = 0; i < 10; i++) {
    const answer = await post(url, { data: [{ text: `text ${i}` }] });
    assert.notEqual(answer.data[0]!.embedding, null);
  }
  held.resolve();
  assert.equal((await slow).status, 200);
  await (await slow).body?.cancel();
  await server.stop(5000);
});

Deno.test("stop() finishes what is inside and refuses what comes after", async () => {
  const { server, url } = await startTestServer();
  const data = Array.from({ length: 300 }, (_, i) => ({ text: `text ${i}` }));
  const inside = post(url, { data });
  while (server.executors[0]!.encoder.state.waiting.text === 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const stopped = server.stop(30_000);
  const answer = await inside;
  assert.equal(answer.data.filter((doc) => doc.embedding !== null).length, 300);
  await stopped;
  await assert.rejects(fetch(url));
});

Deno.test("a request over timeout_send gets 504", async () => {
  const { server, url } = await startTestServer({ gateway: ["timeout_send: 1"] });
  const response = await fetch(`${url}/post`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ data: Array.from({ length: 200 }, (_, i) => ({ text: `slow ${i}` })) }),
  });
  assert.equal(response.status, 504);
  assert.match((await response.json() as Answer).header.status!.description, /timeout_send/);
  await server.stop(5000);
});
