import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { docsRoutes } from "../../src/pages/docs/docs_page.ts";
import { StaticContent } from "../../src/pages/static_content.ts";
import { clientOf, exchangeOf, responseOf } from "../support/http_exchange.ts";

const docs = (title = "clipline") => clientOf(docsRoutes(title, true));

Deno.test("/docs is a page whose every address is served from here", async () => {
  const get = docs();
  const page = await get("/docs");
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type")!, /^text\/html/);
  const html = await page.text();
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  const elsewhere = ["./", "openapi.json"];
  assert.equal(addresses.length, 8);
  for (const address of addresses.filter((address) => !elsewhere.includes(address))) {
    const file = await get(`/${address}`);
    assert.equal(file.status, 200, address);
    assert.ok((await file.bytes()).length > 50, address);
    assert.equal(file.headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("/docs leads back to the playground where there is one", async () => {
  const back = `<a href="./">Playground</a>`;
  assert.ok((await (await docs()("/docs")).text()).includes(back));
  const without = clientOf(docsRoutes("clipline", false));
  assert.ok(!(await (await without("/docs")).text()).includes(back));
});

Deno.test("/docs allows no script but its own, and has none in the page", async () => {
  const page = await docs()("/docs");
  const policy = page.headers.get("content-security-policy")!;
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  assert.match(policy, /connect-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  const html = await page.text();
  assert.ok(!/<script(?![^>]* src=)/.test(html));
  assert.ok(!/\son\w+=/.test(html));
});

Deno.test("/docs shows the flow's title as text", async () => {
  const html = await (await docs(`<script>"it's"&`)("/docs")).text();
  assert.ok(html.includes("<title>&#60;script&#62;&#34;it&#39;s&#34;&#38;</title>"));
});

Deno.test("/docs serves only the files that the page needs", async () => {
  const get = docs();
  for (
    const path of [
      "/docs/package.json",
      "/docs/index.html",
      "/docs/swagger-ui.css.map",
      "/docs/../deno.json",
      "/docs/%2e%2e/package.json",
      "/docs/..%2fpackage.json",
      "/docs/swagger-ui.css/",
      "/docs//swagger-ui.css",
      "/docs/constructor",
      "/docs/__proto__",
      "/docs/swagger-ui.css%00",
    ]
  ) {
    const response = await get(path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
});

Deno.test("/redoc and /docs/ lead to /docs", async () => {
  for (const [path, location] of [["/redoc", "docs"], ["/docs/", "../docs"]]) {
    const response = await docs()(path!);
    assert.equal(response.status, 307);
    assert.equal(response.headers.get("location"), location);
    assert.equal(new URL(location!, `http://host${path}`).pathname, "/docs");
  }
});

Deno.test("StaticContent answers with gzip, ETag and 304", async () => {
  let loads = 0;
  const text = "static ".repeat(500);
  const content = new StaticContent(() => {
    loads++;
    return new TextEncoder().encode(text);
  }, { type: "text/plain", cacheControl: "no-cache" });
  const ask = async (headers: Record<string, string>) =>
    responseOf(await content.respond(exchangeOf(new Request("http://host/", { headers }))));

  const plain = await ask({});
  assert.equal(await plain.text(), text);
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.equal(plain.headers.get("vary"), "accept-encoding");

  const packed = await ask({ "accept-encoding": "deflate, gzip;q=0.5" });
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  const bytes = await packed.bytes();
  assert.equal(gunzipSync(bytes).toString(), text);
  for (const no of ["gzip;q=0", "br", "gzip ; q=0.0, deflate"]) {
    assert.equal((await ask({ "accept-encoding": no })).headers.get("content-encoding"), null, no);
  }

  const etag = plain.headers.get("etag")!;
  assert.notEqual(etag, packed.headers.get("etag"));
  for (const known of [etag, `"x", W/${etag}`, "*"]) {
    const unchanged = await ask({ "if-none-match": known });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.body, null);
    assert.equal(unchanged.headers.get("etag"), etag);
  }
  assert.equal((await ask({ "if-none-match": '"other"' })).status, 200);
  assert.equal(loads, 1);
});

Deno.test("StaticContent tries again after it could not be read", async () => {
  let loads = 0;
  const content = new StaticContent(() => {
    if (++loads === 1) throw new Error("not there yet");
    return new Uint8Array([1]);
  }, { type: "text/plain", cacheControl: "no-cache" });
  const request = exchangeOf(new Request("http://host/"));
  await assert.rejects(content.respond(request), /not there yet/);
  assert.equal((await content.respond(request)).status, 200);
});
