/** `/docs` in a real browser, under its Content-Security-Policy and without a network. */
import assert from "node:assert/strict";
import { axeViolations } from "../support/axe.ts";
import { launchBrowser, withoutBrowser } from "../support/browser.ts";
import { startTestServer } from "../support/server.ts";

Deno.test({
  name: "/docs lists the routes in a browser, sends a request, and asks no other host",
  ignore: withoutBrowser("/docs in a browser"),
  // The browser's process and pipes outlive close() for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const { server, url } = await startTestServer({ gateway: ["title: In a browser"] });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      const elsewhere: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        const address = request.url();
        if (!address.startsWith(url) && !address.startsWith("data:")) elsewhere.push(address);
      });
      await page.goto(`${url}/docs`);
      await page.locator(".opblock-summary").first().waitFor();
      assert.equal(await page.title(), "In a browser");
      const paths = await page.locator(".opblock-summary-path").allInnerTexts();
      const plain = paths.map((path) => path.replaceAll("\u200b", ""));
      assert.ok(plain.includes("/post") && plain.includes("/encode/{model}"), plain.join());
      await page.locator("[id$=post_encode] .opblock-summary-control").click();
      await page.locator(".try-out__btn").click();
      const answered = page.waitForResponse(`${url}/encode`);
      await page.locator(".execute").click();
      const answer = await (await answered).json();
      assert.equal(answer.data[0].embedding.length, 64);
      assert.deepEqual(complaints, []);
      assert.deepEqual(elsewhere, []);
    } finally {
      await browser.close();
      await server.stop(5000);
    }
  },
});

/** Of each group of the page an operation that is tried as it stands there. */
const TRIED: Record<string, [method: string, path: string]> = {
  "clip-as-service": ["post", "/encode"],
  "clip-as-service: debug": ["post", "/post"],
  "clip-as-service: CRUD": ["post", "/search"],
  "clip-as-service: health": ["get", "/dry_run"],
  "OpenAI": ["post", "/v1/embeddings"],
  "infinity": ["post", "/v1/rerank"],
  "cohere": ["post", "/v2/embed"],
  "voyage": ["post", "/v1/multimodalembeddings"],
  "tei": ["post", "/embed"],
  "oip": ["post", "/v2/models/{model}/infer"],
  "weaviate": ["post", "/vectorize"],
  "immich": ["get", "/ping"],
  "qdrant": ["post", "/inference"],
  "Health": ["get", "/healthz/ready"],
};

Deno.test({
  name: "/docs has a group for each dialect, and an operation of each is tried as it stands",
  ignore: withoutBrowser("the groups of /docs"),
  // The browser's process and pipes outlive close() for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t) {
    const { server, url } = await startTestServer();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${url}/docs`);
      await page.locator(".opblock-summary").first().waitFor();
      const groups = page.locator(".opblock-tag-section");
      const names = await groups.locator("h3").evaluateAll((headings) =>
        headings.map((heading) => (heading as unknown as ElementWithData).dataset.tag)
      );
      assert.deepEqual(names.toSorted(), Object.keys(TRIED).toSorted());
      for (const [index, name] of names.entries()) {
        const [method, path] = TRIED[name]!;
        await t.step(`${name}: ${method} ${path}`, async () => {
          const block = groups.nth(index).locator(`.opblock-${method}`).filter({
            has: page.locator(`[data-path="${path}"]`),
          });
          await block.locator(".opblock-summary-control").click();
          await block.locator(".try-out__btn").click();
          const answered = page.waitForResponse((response) =>
            response.request().method() === method.toUpperCase() && response.url() !== `${url}/docs`
          );
          await block.locator(".execute").click();
          const answer = await answered;
          assert.equal(answer.status(), 200, `${answer.url()}: ${await answer.text()}`);
          await block.locator(".live-responses-table").waitFor();
          await block.locator(".opblock-summary-control").click();
        });
      }
    } finally {
      await browser.close();
      await server.stop(5000);
    }
  },
});

/** An element as the page has it. */
interface ElementWithData {
  dataset: { tag: string };
}

Deno.test({
  name: "/docs and the playground have nothing that axe objects to, light and dark",
  ignore: withoutBrowser("accessibility"),
  // The browser's process and pipes outlive close() for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t) {
    const { server, url } = await startTestServer();
    const browser = await launchBrowser();
    try {
      for (const colorScheme of ["light", "dark"] as const) {
        const context = await browser.newContext({ bypassCSP: true, colorScheme });
        await t.step(`the playground, ${colorScheme}`, async () => {
          const page = await context.newPage();
          await page.goto(`${url}/`);
          await page.locator("#rank-result li").first().waitFor();
          assert.deepEqual(await axeViolations(page), []);
        });
        await t.step(`/docs, ${colorScheme}`, async () => {
          const page = await context.newPage();
          await page.goto(`${url}/docs`);
          await page.locator("[id$=post_encode] .opblock-summary-control").click();
          await page.locator(".try-out__btn").click();
          await page.locator(".execute").click();
          await page.locator(".live-responses-table").waitFor();
          assert.deepEqual(await axeViolations(page), []);
          const dark = await page.locator("html.dark-mode").count();
          assert.equal(dark, colorScheme === "dark" ? 1 : 0);
        });
        await context.close();
      }
    } finally {
      await browser.close();
      await server.stop(5000);
    }
  },
});
