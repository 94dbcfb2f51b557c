// deno-lint-ignore-file no-explicit-any -- functions that run in the page see its globals
/** The playground in a real browser, over real servers. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { asks } from "./asks.ts";
import { Complaints, launchBrowser, withoutBrowser } from "../support/browser.ts";
import { openGateways } from "../support/gateways.ts";
import { startTestServer } from "../support/server.ts";

const SAMPLES = 12;
const BROKEN = {
  name: "broken.png",
  mimeType: "image/png",
  buffer: Buffer.from("bad"),
};

/** A page with its own storage, closed at the end. */
async function onPage(
  browser: Browser,
  url: string,
  work: (page: Page, complaints: Complaints) => Promise<void>,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const complaints = new Complaints(page, url);
    await page.goto(`${url}/`);
    await work(page, complaints);
    assert.deepEqual(complaints.texts, []);
  } finally {
    await context.close();
  }
}

interface Ranked {
  id: string;
  text: string;
  scores: { clip_score: { value: number }; clip_score_cosine: { value: number } };
}

/** The matches of the next ranking that succeeds. */
async function nextRanking(page: Page, act: () => Promise<unknown>): Promise<Ranked[]> {
  const answered = page.waitForResponse((r) => asks(r.request(), "/rank"));
  await act();
  return (await (await answered).json()).data[0].matches;
}

const percent = (share: number) =>
  share > 0 && share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;

/** What the page shows of a ranking, row by row. */
async function shownScores(page: Page, label: string): Promise<string[]> {
  const rows = await page.locator("#rank-result ol > li").all();
  return await Promise.all(
    rows.map(async (row) =>
      `${await row.locator(label).innerText()} | ${await row.locator(".share").innerText()}`
    ),
  );
}

async function focusedName(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = (globalThis as any).document.activeElement;
    return element.id || element.getAttribute("aria-label") || element.innerText;
  });
}

/** Presses Tab until something has the focus; fails if it cannot be reached. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await focusedName(page) === name) {
      const outline = await page.evaluate(() => {
        const { document, getComputedStyle } = globalThis as any;
        return getComputedStyle(document.activeElement).outlineStyle;
      });
      assert.notEqual(outline, "none", `the focus on '${name}' cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to '${name}'`);
}

Deno.test({
  name: "the playground in a browser",
  ignore: withoutBrowser("the playground in a browser"),
  // The browser's process and pipes outlive close() for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t) {
    const { server, url } = await startTestServer({ gateway: ["title: <b>Play</b>"] });
    const browser = await launchBrowser();
    try {
      await t.step(
        "ranks sentences for an image, and images for a sentence",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            assert.equal(await page.title(), "<b>Play</b>");
            const texts = ["<img src=x onerror=alert(1)>", "a red circle", "a blue star", "a cat"];
            const matches = await nextRanking(
              page,
              () => page.fill("#sentences", `${texts.join("\n")}\n\n a cat \n`),
            );
            assert.equal(matches.length, texts.length, "empty and repeated lines are left out");
            await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
            assert.deepEqual(
              await shownScores(page, ".label"),
              matches.map((m) => `${m.text} | ${percent(m.scores.clip_score.value)}`),
            );
            const images = await nextRanking(page, () => page.getByText("One text, many").click());
            await page.locator(".cards li").first().waitFor();
            assert.equal(images.length, SAMPLES);
            const keys = await page.locator(".cards li").evaluateAll((cards) =>
              cards.map((card: any) => card.dataset.key)
            );
            assert.deepEqual(keys, images.map(({ id }) => id));
            assert.match(await page.locator("#request").innerText(), /curl -s .*\/rank/);
            assert.match(await page.locator("#response").innerText(), /"clip_score"/);
          }),
      );

      await t.step(
        "embeds images once and sorts them by the cosine to a query",
        () =>
          onPage(browser, url, async (page) => {
            const bodies: { data: { id?: string; text?: string; blob?: string }[] }[] = [];
            const embeddings = new Map<string, number[]>();
            const read: Promise<void>[] = [];
            page.on("response", (response) => {
              if (!asks(response.request(), "/encode")) return;
              bodies.push(response.request().postDataJSON());
              read.push(
                response.json().then(({ data }) => {
                  for (const { id, text, embedding } of data) embeddings.set(text ?? id, embedding);
                }),
              );
            });
            await page.locator("#tab-search").click();
            await page.getByText(`${SAMPLES} images embedded once`).waitFor();
            await page.locator("#in-page .hint").getByText("search-flow.yml").waitFor();
            assert.equal(await page.locator("#in-index").isVisible(), false);
            for (const query of ["a red circle", "three hearts on a grey background"]) {
              await page.fill("#query", query);
              await page.locator("#search-result .bar").first().waitFor();
              await page.getByText(`"text": "${query}"`).first().waitFor();
              await Promise.all(read);
              const cosine = (a: number[], b: number[]) =>
                a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
              const wanted = [...embeddings].filter(([name]) => name.endsWith(".png"))
                .map(([name, vector]) => ({ name, cosine: cosine(vector, embeddings.get(query)!) }))
                .sort((a, b) => b.cosine - a.cosine);
              const shown = await page.locator("#search-result li").evaluateAll((cards) =>
                cards.map((
                  card: any,
                ) => [card.dataset.key, card.querySelector(".values").innerText])
              );
              assert.deepEqual(
                shown.map((
                  [name, text],
                ) => [name, Number(text.match(/[−\d.]+$/)[0].replace("−", "-"))]),
                wanted.map(({ name, cosine }) => [name, Number(cosine.toFixed(3))]),
              );
            }
            const withImages = bodies.filter(({ data }) => data.some(({ blob }) => blob));
            assert.equal(withImages.length, 1, "images are embedded once");
            assert.deepEqual(bodies.slice(1).map(({ data }) => data.length), [1, 1]);
          }),
      );

      await t.step(
        "shows the server's state and its throughput",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#state[data-kind=good]").waitFor();
            assert.equal(await page.locator("#fact-model").innerText(), "fixture");
            assert.equal(await page.locator("#fact-runtime").innerText(), "onnx · fp32");
            assert.equal(await page.locator("#fact-provider").innerText(), "cpu");
            assert.equal(await page.locator("#fact-replicas").innerText(), "1 of 1");
            await page.locator("#rank-result li").first().waitFor();
            await page.fill(
              "#sentences",
              Array.from({ length: 200 }, (_, i) => `cat ${i}`).join("\n"),
            );
            await page.locator("#fact-throughput").getByText(/^[1-9]\d* \/s$/).waitFor();
            await page.locator("#sparkline .line[d*=L]").waitFor({ state: "attached" });
          }),
      );

      await t.step(
        "waits for the model, and asks the executor that is chosen",
        () =>
          onPage(browser, url, async (page) => {
            let loaded = false;
            await page.route("**/status", async (route) => {
              const response = await route.fetch();
              const body = await response.json();
              const [first] = body.executors;
              body.executors = loaded
                ? [first, { ...first, name: "clip_b", model: "of clip_b" }]
                : [];
              await route.fulfill({ response, json: body });
            });
            await page.locator("#state-text").getByText("Loading the model").waitFor();
            assert.equal(await page.locator("#executor-choice").isVisible(), false);
            loaded = true;
            await page.locator("#executor").waitFor();
            await page.selectOption("#executor", "clip_b");
            await page.locator("#fact-model").getByText("of clip_b").waitFor();
            const sent = page.waitForRequest((request) => asks(request, "/rank/clip_b"));
            await page.locator("#rank").click();
            assert.equal((await sent).postDataJSON().parameters.model_name, "clip_b");
            await page.locator("#request").getByText('"model_name"').waitFor();
          }),
      );

      await t.step(
        "says which image cannot be read, ranks and searches the others, and lets it be taken out",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            await page.setInputFiles("#files", [BROKEN]);
            const alert = page.locator("#rank-failure [role=alert]");
            await alert.waitFor();
            assert.match(await alert.innerText(), /could not be embedded[^]*broken\.png/);
            assert.equal(await page.locator("#rank-result li").count(), 0);
            const badge = page.locator("#response-facts .status");
            assert.deepEqual(await badge.allInnerTexts(), ["200", "error inside"]);
            assert.equal(await badge.first().getAttribute("class"), "status");
            await page.getByText("One text, many images").click();
            await page.locator("#rank-result .bad").waitFor();
            assert.equal(await page.locator("#rank-result .bar").count(), SAMPLES);
            assert.equal(await alert.count(), 0);
            await page.getByText("One image, many texts").click();
            await alert.getByRole("button", { name: "Remove the image" }).click();
            await page.locator("#rank-result li").first().waitFor();
            assert.equal(await page.locator("#image-count").innerText(), `${SAMPLES} images`);
            await page.setInputFiles("#files", [BROKEN]);
            await page.locator("#tab-search").click();
            await page.getByText(`${SAMPLES} images embedded once`).waitFor();
            assert.match(await page.locator(".cards .bad").innerText(), /broken\.png[^]*\w{5}/);
            await page.fill("#query", "a star");
            await page.locator("#search-result .bar").first().waitFor();
            assert.equal(await page.locator("#search-result .bar").count(), SAMPLES);
            await page.locator(".cards .bad").getByRole("button", { name: "Remove" }).click();
            await page.locator(".cards .bad").waitFor({ state: "detached" });
            await page.setInputFiles("#files", [{
              ...BROKEN,
              name: "a.txt",
              mimeType: "text/plain",
            }]);
            assert.match(
              await page.locator("#intake-failure").innerText(),
              /a\.txt is not an image/,
            );
          }),
      );

      await t.step(
        "takes out one image by the pointer, and asks for what is missing without alarm",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            await page.locator("#remove-image").click();
            await page.getByText("One text, many images").click();
            const card = page.locator("#rank-result .cards li").first();
            await card.hover();
            await card.locator(".remove").click();
            await page.locator("#image-count").getByText(`${SAMPLES - 2} images`).waitFor();
            await page.locator("#remove-images").click();
            const note = page.locator("#rank-failure [role=status]");
            await note.getByText("There is no image").waitFor();
            assert.equal(await page.locator("#rank-failure [role=alert]").count(), 0);
            await page.locator("#samples").click();
            await page.locator("#rank-result .cards li").first().waitFor();
            await page.fill("#sentence", "");
            await note.getByText("There is no sentence").waitFor();
          }),
      );

      await t.step(
        "shows very long sentences without drowning the others",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            const long = "a very long sentence ".repeat(400).trim();
            await nextRanking(page, () => page.fill("#sentences", `${long}\na cat`));
            await page.locator(`#rank-result li[data-key="a cat"]`).waitFor();
            const heights = await page.locator("#rank-result li").evaluateAll((rows) =>
              rows.map((row: any) => row.getBoundingClientRect().height)
            );
            assert.equal(heights.length, 2);
            assert.ok(Math.max(...heights) < 120, `${heights} px`);
          }),
      );

      await t.step(
        "takes images that are dropped and pasted",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            for (const kind of ["drop", "paste"]) {
              await page.evaluate(async (kind) => {
                const { fetch, DataTransfer, File, DragEvent, ClipboardEvent, document } =
                  globalThis as any;
                const blob = await (await fetch("./playground/samples/blue-star.png")).blob();
                const data = new DataTransfer();
                data.items.add(new File([blob], `${kind}.png`, { type: "image/png" }));
                document.body.dispatchEvent(
                  kind === "drop"
                    ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
                    : new ClipboardEvent("paste", { clipboardData: data, bubbles: true }),
                );
              }, kind);
              await page.locator(`#picker [data-name="${kind}.png"][aria-selected=true]`).waitFor();
            }
            assert.equal(await page.locator("#image-count").innerText(), `${SAMPLES + 2} images`);
            await page.locator("#request").getByText("paste.png").first().waitFor();
          }),
      );

      await t.step(
        "is usable by keyboard alone, and shows where the focus is",
        () =>
          onPage(browser, url, async (page) => {
            await page.locator("#rank-result li").first().waitFor();
            await page.keyboard.press("Tab");
            assert.equal(await focusedName(page), "Skip to the playground");
            await page.keyboard.press("Enter");
            await tabTo(page, "tab-rank");
            await tabTo(page, "sentences");
            await page.keyboard.press("Control+A");
            await page.keyboard.type("first\nsecond");
            const matches = await nextRanking(page, () => page.keyboard.press("Control+Enter"));
            assert.equal(matches.length, 2);
            await tabTo(page, "an orange ring above a white star on a black background");
            await nextRanking(page, () => page.keyboard.press("Home"));
            assert.equal(await focusedName(page), "a big red circle");
            await page.locator("#preview-caption").getByText("a big red circle").waitFor();
            await page.keyboard.press("Delete");
            assert.equal(await page.locator("#image-count").innerText(), "11 images");
            assert.equal(await focusedName(page), "a big blue star on a yellow background");
            await tabTo(page, "language-curl");
            await page.keyboard.press("ArrowRight");
            assert.match(await page.locator("#request").innerText(), /^from clip_client import/);
            await page.keyboard.press("End");
            assert.match(await page.locator("#request").innerText(), /^\{/);
            await page.locator("#tab-rank").focus();
            await page.keyboard.press("ArrowRight");
            assert.equal(await focusedName(page), "tab-search");
            assert.equal(await page.locator("#panel-rank").isVisible(), false);
            await tabTo(page, "query");
            await page.keyboard.type("a star");
            await page.locator("#search-result .bar").first().waitFor();
            assert.match(await page.locator("#announcer").innerText(), /^Best: /);
          }),
      );

      await t.step(
        "keeps the theme that was chosen, and follows the system until then",
        () =>
          onPage(browser, url, async (page) => {
            const background = () =>
              page.evaluate(() => {
                const { document, getComputedStyle } = globalThis as any;
                return getComputedStyle(document.body).backgroundColor as string;
              });
            const dark = await background();
            assert.equal(await page.locator("#theme").getAttribute("aria-pressed"), "true");
            await page.locator("#theme").click();
            const light = await background();
            assert.notEqual(light, dark);
            await page.reload();
            assert.equal(await background(), light);
            assert.equal(await page.locator("#theme").getAttribute("aria-pressed"), "false");
            await page.locator("#theme").click();
            assert.equal(await background(), dark);
            await page.emulateMedia({ colorScheme: "light" });
            assert.equal(await background(), light);
          }, { colorScheme: "dark" }),
      );

      await t.step(
        "fits a phone without scrolling sideways",
        () =>
          onPage(browser, url, async (page) => {
            const width = () =>
              page.evaluate(() => (globalThis as any).document.scrollingElement.scrollWidth);
            await page.locator("#rank-result li").first().waitFor();
            assert.ok(await width() <= 320, `rank: ${await width()} px`);
            await page.locator("#tab-search").click();
            await page.fill("#query", "a star");
            await page.locator("#search-result .bar").first().waitFor();
            assert.ok(await width() <= 320, `search: ${await width()} px`);
          }, { viewport: { width: 320, height: 700 } }),
      );

      await t.step(
        "asks for an API key where the server wants one, and keeps it while the tab is open",
        async () => {
          const key = "the-key-0123456789abcdef";
          await using gateways = await openGateways({
            protocol: "http",
            gateway: [`api_keys: ${key}`],
          });
          await onPage(browser, gateways.url("http"), async (page, complaints) => {
            await page.locator("#state[data-kind=bad]").getByText("wants an API key").waitFor();
            const field = page.getByLabel("API key");
            for (const typed of [`${key}x`, key]) {
              const asked = page.waitForResponse((r) => r.url().endsWith("/status"));
              await field.fill(typed);
              await page.getByRole("button", { name: "Use" }).click();
              assert.equal((await asked).status(), typed === key ? 200 : 401);
            }
            await page.locator("#rank-result li").first().waitFor();
            assert.equal(await field.isVisible(), false);
            complaints.expect(/status of 401/);
            await page.reload();
            await page.locator("#rank-result li").first().waitFor();
            assert.equal(await field.isVisible(), false);
          });
        },
      );

      await t.step(
        "tells of a busy server, of a body too large, and of a server that has gone",
        async () => {
          await using gateways = await openGateways({
            protocol: "http",
            port: "0",
            gateway: ["max_message_bytes: 20000"],
          });
          const base = gateways.url("http");
          await onPage(browser, base, async (page, complaints) => {
            await page.locator("#rank-result li").first().waitFor();
            gateways.encoder.full = true;
            await page.locator("#rank").click();
            const alert = page.locator("#rank-failure [role=alert]");
            await alert.getByText("The server is busy").waitFor();
            gateways.encoder.full = false;
            await alert.getByRole("button", { name: "Try again" }).click();
            await page.locator("#rank-result li").first().waitFor();
            assert.equal(await alert.count(), 0);
            await page.locator("[data-name='dotted-green-square.png']").click();
            await alert.getByText("more than the server takes at once").waitFor();
            assert.match(await alert.innerText(), /20000 bytes[^]*fewer or smaller images/);
            await gateways.stop();
            await page.locator("#rank").click();
            await alert.getByText("The server does not answer").waitFor();
            await page.locator("#state[data-kind=bad]").getByText("does not answer").waitFor();
            for (const fact of ["model", "provider", "throughput"]) {
              assert.equal(await page.locator(`#fact-${fact}`).innerText(), "–", fact);
            }
            // The browser itself reports what did not succeed.
            complaints.expect(/^Failed to load resource: .*(413|503|ERR_CONNECTION)/);
          });
        },
      );
    } finally {
      await browser.close();
      await server.stop(5000);
    }
  },
});
