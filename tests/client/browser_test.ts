/** The bundle that pages load: in a real browser, against the real server. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type * as Client from "../../client/mod.ts";
import { bundleClient } from "../../tools/client_bundle.ts";
import { PAGES_BUNDLE } from "../../tools/package_client.ts";
import { localUrl } from "../../src/server/banner.ts";
import { Complaints, launchBrowser, withoutBrowser } from "../support/browser.ts";
import { type DemoServer, startDemoServer } from "../support/demo_server.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";

Deno.test("the bundle for pages is what its source makes, and asks for no module", async () => {
  const made = await bundleClient("browser");
  const committed = await Deno.readTextFile(PAGES_BUNDLE);
  assert.ok(made === committed, "run `deno task package:client` and commit what it writes");
  assert.doesNotMatch(made, /\bimport\s*\(|\bfrom\s*["']|node:/);
});

const BOTH = { port: [0, 0], protocol: ["http", "websocket"] };

/** The page has the library under this name. */
declare const library: typeof Client;

Deno.test({
  name: "The client in a browser",
  ignore: withoutBrowser("the client in a browser"),
  async fn(t) {
    await using demo = await startDemoServer({ ...BOTH, cors: true });
    await using guarded = await startDemoServer({ ...BOTH, cors: true, api_keys: API_KEY });
    await using site = servePage();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const complaints = new Complaints(page, site.origin);
      await page.goto(site.origin);
      await page.waitForFunction(() => "library" in globalThis);
      for (const scheme of ["http", "ws"]) {
        const urlOf = ({ server }: DemoServer) =>
          server.addresses.map(localUrl).find((url) => url.startsWith(scheme))!;
        const url = urlOf(demo);
        await t.step(`embeds, ranks and streams (${scheme})`, () => useClient(page, url));
        await t.step(`shows a key (${scheme})`, async () => {
          const answer = await page.evaluate(async ([url, apiKey]) => {
            const { ClipClient } = library;
            const { rows } = await new ClipClient(url!, { apiKey: apiKey! }).encode(["a"]);
            const retry = { retries: 0 };
            const refused = await new ClipClient(url!, { retry }).encode(["a"]).catch((error) =>
              error
            );
            return { rows, refused: refused.kind as string };
          }, [urlOf(guarded), API_KEY]);
          assert.equal(answer.rows, 1);
          // A browser does not tell why a WebSocket was not opened.
          assert.equal(answer.refused, scheme === "http" ? "unauthenticated" : "connection");
        });
      }
      await t.step("says what browsers cannot do", async () => {
        const kinds = await page.evaluate(async (url) => {
          const { ClipClient } = library;
          const kindOf = (client: Client.ClipClient, item: string) =>
            client.encode([item]).then(() => "none", ({ kind, message }) => `${kind}: ${message}`);
          return [
            await kindOf(new ClipClient("grpc://127.0.0.1:1"), "a"),
            await kindOf(new ClipClient(url), "photo.png"),
            await kindOf(new ClipClient(url, { tls: { ca: "PEM" } }), "a"),
          ];
        }, localUrl(demo.server.addresses[0]!));
        assert.match(kinds[0]!, /^usage: Browsers speak no gRPC/);
        assert.match(kinds[1]!, /^content: .*photo\.png: a page cannot read files/);
        assert.match(kinds[2]!, /^usage: A page cannot choose certificates/);
      });
      complaints.expect(/^asked |401|WebSocket/);
      assert.deepEqual(complaints.texts, []);
    } finally {
      await browser.close();
    }
  },
});

async function useClient(page: Page, url: string): Promise<void> {
  const seen = await page.evaluate(async (url) => {
    const { ClipClient } = library;
    const client = new ClipClient(url);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const context = canvas.getContext("2d")!;
    context.fillStyle = "white";
    context.fillRect(0, 0, 40, 40);
    context.fillStyle = "red";
    context.fillRect(10, 10, 20, 20);
    const png = await new Promise<Blob>((resolve) => canvas.toBlob((blob) => resolve(blob!)));
    const items = [
      png,
      new File([png], "square.png"),
      canvas.toDataURL(),
      context.getImageData(0, 0, 40, 40),
    ];
    const matrix = await client.encode(items);
    const distances = [...matrix].map((row) =>
      Math.max(...row.map((value, i) => Math.abs(value - matrix.row(0)[i]!)))
    );
    const [ranked] = await client.rank([
      { blob: png, matches: ["a red square", "a blue star"] },
    ]);
    const indexes: number[] = [];
    function* texts() {
      for (let i = 0; i < 100; i++) yield `${i} squares`;
    }
    for await (const { index } of client.encodeStream(texts(), { batchSize: 5, prefetch: 4 })) {
      indexes.push(index);
    }
    const profile = await client.profile();
    await client.close();
    return {
      rows: matrix.rows,
      float32: matrix.data instanceof Float32Array,
      distances,
      matches: ranked!.matches!.map(({ text }) => text),
      indexes,
      roundtrip: profile.Roundtrip,
    };
  }, url);
  assert.equal(seen.rows, 4);
  assert.ok(seen.float32);
  assert.ok(seen.distances.every((distance) => distance < 1e-4), String(seen.distances));
  assert.equal(seen.matches.length, 2);
  assert.deepEqual(seen.indexes, Array.from({ length: 100 }, (_, i) => i));
  assert.ok(seen.roundtrip > 0);
}

function servePage(): AsyncDisposable & { origin: string } {
  const page = `<!doctype html><title>client</title><link rel="icon" href="data:,">
    <script type="module">
      import * as library from "/clip_client.js";
      globalThis.library = library;
    </script>`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (asked) =>
      new URL(asked.url).pathname === "/"
        ? new Response(page, { headers: { "content-type": "text/html" } })
        : new Response(await Deno.readTextFile(PAGES_BUNDLE), {
          headers: { "content-type": "text/javascript" },
        }),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
