import assert from "node:assert/strict";
import { ASSETS } from "../../src/pages/playground/assets.ts";
import { playgroundRoutes } from "../../src/pages/playground/playground.ts";
import { Certificates } from "../support/certificates.ts";
import { openGateways } from "../support/gateways.ts";
import { clientOf } from "../support/http_exchange.ts";
import { ownPort } from "../support/own_port.ts";

const FOLDER = new URL("../../src/pages/playground/", import.meta.url);
const HTML = { accept: "text/html" };

function ask(
  path: string,
  init: RequestInit = {},
  options: Parameters<typeof playgroundRoutes>[0] = {
    title: null,
    description: null,
    apis: ["jina", "openai"],
  },
): Promise<Response> {
  return clientOf(playgroundRoutes(options))(path, init);
}

Deno.test("the allow-list is what is there: every file of the page and every sample, the client, no other", () => {
  const listed = [...ASSETS.values()].map(({ file }) => file).sort();
  const there = ["page", "samples"].flatMap((folder) =>
    Array.from(Deno.readDirSync(new URL(folder, FOLDER)), ({ name }) => `${folder}/${name}`)
  ).filter((file) => !["page/index.html", "page/deno.json"].includes(file));
  assert.deepEqual(listed, ["../client/clip_client.js", ...there].sort());
});

Deno.test("every file is served with its type, under the policy, and validated by its tag", async () => {
  const types: Record<string, string> = {
    js: "text/javascript; charset=utf-8",
    css: "text/css; charset=utf-8",
    png: "image/png",
    svg: "image/svg+xml",
    json: "application/json",
  };
  for (const path of ["/", ...ASSETS.keys()]) {
    const response = await ask(path, { headers: HTML });
    assert.ok(response, path);
    assert.equal(response.status, 200);
    const type = types[path.split(".").at(-1)!] ?? "text/html; charset=utf-8";
    assert.equal(response.headers.get("content-type"), type, path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    const policy = response.headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.ok((await response.arrayBuffer()).byteLength > 0, path);
    const tag = response.headers.get("etag")!;
    const again = await ask(path, { headers: { ...HTML, "if-none-match": tag } });
    assert.equal(again!.status, 304, path);
    const changed = await ask(path, { headers: { ...HTML, "if-none-match": '"other"' } });
    assert.equal(changed!.status, 200, path);
    await changed!.body?.cancel();
  }
});

Deno.test("the client library is the committed bundle, packed for who takes that", async () => {
  const committed = await Deno.readTextFile(new URL("../client/clip_client.js", FOLDER));
  const gzip = { "accept-encoding": "gzip" };
  const response = await ask("/playground/clip_client.js", { headers: gzip });
  assert.equal(response.headers.get("content-encoding"), "gzip");
  const packed = await response.bytes();
  assert.ok(packed.length < 25_000, `${packed.length} bytes`);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  assert.equal(await new Response(unpacked).text(), committed);
});

Deno.test("no path leads out of the allow-list", async () => {
  for (
    const path of [
      "/playground/",
      "/playground/index.html",
      "/playground/deno.json",
      "/playground/../playground.ts",
      "/playground/%2e%2e/assets.ts",
      "/playground/..%2fassets.ts",
      "/playground/samples/../app.js/",
      "/playground/samples//red-circle.png",
      "/playground//app.js",
    ]
  ) {
    assert.equal(
      (await ask(path)).status,
      path === "/playground/samples/../app.js/" ? 307 : 404,
      path,
    );
  }
  assert.equal((await ask("/playground/app.js", { method: "POST" })).status, 405);
});

Deno.test("the page has the flow's title and description as text, whatever they hold", async () => {
  const title = `<script>"x" & 'y'</script>{{version}}`;
  const response = await ask("/", { headers: HTML }, { title, description: "$& $1", apis: [] });
  const html = await response!.text();
  assert.ok(!html.includes("<script>"));
  assert.ok(html.includes("<h1>&#60;script&#62;&#34;x&#34; &#38; &#39;y&#39;&#60;/script&#62;{{"));
  assert.ok(html.includes("<p>$&#38; $1</p>"));
  const plain = await (await ask("/", { headers: HTML }))!.text();
  assert.match(plain, /<h1>clipline<\/h1>/);
});

Deno.test("the page holds no inline script or style, and names no other host", async () => {
  for (const path of ["/", ...ASSETS.keys()]) {
    const response = (await ask(path, { headers: HTML }))!;
    const text = await response.text();
    if (path.endsWith(".png")) continue;
    if (path === "/") assert.doesNotMatch(text, /\son\w+=|\sstyle=|<style|<script>/);
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:\/\/[\w]/, path);
  }
});

Deno.test("GET / is the page for browsers and {} for programs, on one port with WebSocket too", async () => {
  for (const protocol of ["http", "[http, websocket]"]) {
    const port = protocol === "http" ? "0" : String(await ownPort());
    await using gateways = await openGateways({ protocol, port });
    const url = gateways.url("http");
    const page = await fetch(url, { headers: HTML });
    assert.match(await page.text(), /^<!doctype html>/);
    assert.match(page.headers.get("vary")!, /\baccept\b(?!-)/i);
    const api = await fetch(url);
    assert.deepEqual(await api.json(), {});
    assert.match(api.headers.get("vary")!, /\baccept\b(?!-)/i);
    const head = await fetch(url, { method: "HEAD", headers: HTML });
    assert.equal(head.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(await head.text(), "");
    const script = await fetch(`${url}/playground/app.js`);
    assert.equal(script.status, 200);
    assert.match(await script.text(), /import/);
    const unknown = await fetch(`${url}/playground/nothing.js`);
    assert.equal(unknown.status, 404);
    await unknown.body?.cancel();
  }
});

Deno.test("the page and its files come over TLS", async () => {
  using certificates = new Certificates();
  certificates.selfSigned("one");
  await using gateways = await openGateways({
    protocol: "http",
    gateway: [
      `ssl_certfile: ${certificates.path("one.crt")}`,
      `ssl_keyfile: ${certificates.path("one.key")}`,
    ],
  });
  const caCerts = [Deno.readTextFileSync(certificates.path("one.crt"))];
  using client = Deno.createHttpClient({ caCerts });
  const page = await fetch(gateways.url("http"), { client, headers: HTML });
  const files = [...(await page.text()).matchAll(/(?:src|href)="\.(\/playground\/[^"]+)"/g)];
  assert.ok(files.length >= 9);
  for (const [, path = ""] of files) {
    const file = await fetch(gateways.url("http") + path, { client });
    assert.equal(file.status, 200, path);
    await file.body?.cancel();
  }
});

Deno.test("no_debug_endpoints takes the page and its files away", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["no_debug_endpoints: true"],
  });
  const url = gateways.url("http");
  assert.deepEqual(await (await fetch(url, { headers: HTML })).json(), {});
  const file = await fetch(`${url}/playground/app.js`);
  assert.equal(file.status, 404);
  await file.body?.cancel();
});
