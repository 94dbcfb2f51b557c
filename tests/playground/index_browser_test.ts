// deno-lint-ignore-file no-explicit-any -- functions that run in the page see its globals
/** Search in the index of a flow, in a real browser, over a real server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import samples from "../../src/pages/playground/samples/samples.json" with { type: "json" };
import { asks } from "./asks.ts";
import { axeViolations } from "../support/axe.ts";
import { Complaints, launchBrowser, withoutBrowser } from "../support/browser.ts";
import { startSearchServer } from "../support/search_server.ts";

const SAMPLES = fileURLToPath(
  new URL("../../src/pages/playground/samples/", import.meta.url),
);
const COUNT = samples.images.length;

/** A page with its own storage, its search shown; closed at the end. */
async function onSearch(
  browser: Browser,
  url: string,
  work: (page: Page, complaints: Complaints) => Promise<void>,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints = new Complaints(page, new URL(url).origin);
    await page.goto(`${url}/`);
    await page.locator("#tab-search").click();
    await work(page, complaints);
    assert.deepEqual(complaints.texts, []);
  } finally {
    await context.close();
  }
}

const cards = (page: Page) => page.locator("#index-result li");

/** What the grid shows, card by card. */
async function shown(page: Page): Promise<string[]> {
  return await page.locator("#index-result .caption").allInnerTexts();
}

/** The matches of the next search that is answered. */
async function nextSearch(page: Page, act: () => Promise<unknown>): Promise<any[]> {
  const answered = page.waitForResponse((r) => asks(r.request(), "/search"));
  await act();
  return (await (await answered).json()).data[0].matches;
}

async function addSamples(page: Page): Promise<void> {
  await page.locator("#index-samples").click();
  await page.locator("#upload-state").getByText(`${COUNT} of ${COUNT} pictures`).waitFor();
  await page.locator("#index-count").getByText(`${COUNT} documents`).waitFor();
  await page.waitForFunction(
    (count) => (globalThis as any).document.querySelectorAll("#index-result li").length === count,
    COUNT,
  );
}

/** Drops a file or folder as a file manager does. */
async function dropFromDisk(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { x, y } = (await page.locator("#index-found").boundingBox())!;
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", {
      type,
      x,
      y,
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
    if (type !== "dragOver") continue;
    await page.locator("#drop-hint").getByText("one picture on the field to search").waitFor();
  }
  await session.detach();
}

/** Drops samples onto an element, as files. */
async function drop(page: Page, onto: string, names: string[]): Promise<void> {
  await page.evaluate(async ({ onto, names }) => {
    const { fetch, DataTransfer, File, DragEvent, document } = globalThis as any;
    const dataTransfer = new DataTransfer();
    for (const name of names) {
      const blob = await (await fetch(`./playground/samples/${name}`)).blob();
      dataTransfer.items.add(new File([blob], name, { type: "image/png" }));
    }
    document.querySelector(onto).dispatchEvent(
      new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, { onto, names });
}

Deno.test({
  name: "search in an index, in a browser",
  ignore: withoutBrowser("search in an index, in a browser"),
  // The browser's process and pipes outlive close() for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t) {
    await using search = await startSearchServer();
    const { url } = search;
    const browser = await launchBrowser();
    const folder = await Deno.makeTempDir();
    try {
      await t.step(
        "takes a folder with folders in it, and says what it left out and what failed",
        async () => {
          await Deno.mkdir(join(folder, "holiday", "stars"), { recursive: true });
          const copy = (from: string, ...to: string[]) =>
            Deno.copyFile(join(SAMPLES, from), join(folder, "holiday", ...to));
          await copy("red-circle.png", "red.png");
          await copy("blue-star.png", "stars", "blue.png");
          await copy("blue-star.png", "stars", "the same again.png");
          await Deno.writeTextFile(join(folder, "holiday", "notes.txt"), "no picture");
          await Deno.writeTextFile(join(folder, "holiday", "bad <b>.png"), "no picture either");
          await onSearch(browser, url, async (page) => {
            await page.locator("#index-found").getByText("The index is empty").waitFor();
            await dropFromDisk(page, join(folder, "holiday"));
            const state = page.locator("#upload-state");
            await state.getByText(
              "4 of 4 pictures · 1 failed · 1 the same as others · 1 other files left out",
            ).waitFor();
            const failures = page.locator("#upload-failures li");
            assert.match(await failures.innerText(), /^holiday\/bad <b>\.png .{5}/);
            await cards(page).nth(1).waitFor();
            assert.deepEqual((await shown(page)).toSorted(), ["blue.png", "red.png"]);
            await page.getByRole("button", { name: "Open blue.png" }).click();
            const details = await page.locator("#document-dialog dl").innerText();
            assert.match(details, /folder\s+holiday\/stars/);
            assert.match(details, /width\s+320/);
            await page.keyboard.press("Escape");
            await page.locator("#upload-close").click();
            assert.equal(await page.locator("#upload").isVisible(), false);
            // The same by the folder's button: what is there is replaced.
            await page.setInputFiles("#index-folder-input", join(folder, "holiday"));
            await state.getByText("4 of 4 pictures · 1 failed").waitFor();
            await page.locator("#index-count").getByText(/^2 documents$/).waitFor();
          });
        },
      );

      await t.step(
        "clears the index when that is confirmed, and only then",
        () =>
          onSearch(browser, url, async (page) => {
            await page.locator("#index-count").getByText("2 documents").waitFor();
            await page.locator("#index-clear").click();
            const dialog = page.getByRole("dialog", { name: "Clear the index?" });
            assert.match(await dialog.innerText(), /2 documents/);
            await dialog.getByRole("button", { name: "Keep them" }).click();
            await page.locator("#index-clear").click();
            await dialog.getByRole("button", { name: "Remove all" }).click();
            await page.locator("#index-found").getByText("The index is empty").waitFor();
            await page.locator("#index-count").getByText("0 documents").waitFor();
            assert.equal(await cards(page).count(), 0);
          }),
      );

      await t.step(
        "shows the newest documents, finds by a sentence with scores, and survives a reload",
        () =>
          onSearch(browser, url, async (page) => {
            await addSamples(page);
            const newest = samples.images.map(({ caption }) => caption).reverse();
            assert.deepEqual(await shown(page), newest);
            for (let round = 0; round < 2; round++) {
              const matches = await nextSearch(
                page,
                () => page.fill("#index-query", "pink hearts"),
              );
              assert.equal(matches.length, COUNT);
              await page.locator("#index-result .values").first().waitFor();
              assert.deepEqual(await shown(page), matches.map(({ tags }) => tags.caption));
              const { value } = matches[0].scores.cosine;
              const values = await page.locator("#index-result .values").first().innerText();
              assert.match(values, new RegExp(`${(1 - value).toFixed(3)}[^]*${value.toFixed(3)}`));
              assert.match((await shown(page))[0]!, /pink hearts/);
              await page.locator("#index-found").getByText(/^12 documents in [\d.]+ ms/).waitFor();
              assert.match(await page.locator("#announcer").innerText(), /^Best: two pink hearts/);
              assert.match(await page.locator("#request").innerText(), /curl -s .*\/search/);
              await page.reload();
              await page.locator("#tab-search").click();
              await cards(page).nth(COUNT - 1).waitFor();
              assert.deepEqual(await shown(page), newest);
            }
          }),
      );

      await t.step(
        "the same pictures again replace themselves",
        () =>
          onSearch(browser, url, async (page) => {
            await cards(page).nth(COUNT - 1).waitFor();
            await addSamples(page);
            assert.equal(await cards(page).count(), COUNT);
          }),
      );

      await t.step(
        "finds by a picture that is dropped, pasted or chosen, and more like a result",
        () =>
          onSearch(browser, url, async (page) => {
            await cards(page).first().waitFor();
            const first = async (matches: any[]) => {
              const { caption } = matches[0].tags;
              await page.locator("#index-result li").first().getByText(caption).waitFor();
              return caption;
            };
            const dropped = await nextSearch(
              page,
              () => drop(page, "#index-query", ["blue-star.png"]),
            );
            assert.match(await first(dropped), /blue star/);
            assert.ok(dropped[0].scores.cosine.value < 1e-5);
            assert.match(await page.locator("#query-picture").innerText(), /blue-star\.png/);
            const chosen = await nextSearch(
              page,
              () => page.setInputFiles("#query-file", join(SAMPLES, "yellow-moon.png")),
            );
            assert.match(await first(chosen), /moon/);
            const like = await nextSearch(
              page,
              () =>
                page.getByRole("button", { name: /^More like this: a big yellow moon/ }).click(),
            );
            assert.ok(like.every(({ tags }) => tags.name !== "yellow-moon.png"));
            assert.equal(like.length, COUNT - 1);
            const pasted = await nextSearch(page, () =>
              page.evaluate(async () => {
                const { fetch, DataTransfer, File, ClipboardEvent, document } = globalThis as any;
                const blob = await (await fetch("./playground/samples/red-circle.png")).blob();
                const data = new DataTransfer();
                data.items.add(new File([blob], "image.png", { type: "image/png" }));
                document.querySelector("#index-query").dispatchEvent(
                  new ClipboardEvent("paste", { clipboardData: data, bubbles: true }),
                );
              }));
            assert.match(await first(pasted), /red circle/);
            await page.getByRole("button", { name: "Do not search by: image.png" }).click();
            await page.locator("#index-found").getByText("Newest documents").waitFor();
            assert.equal(await page.evaluate("document.activeElement.id"), "index-query");
          }),
      );

      await t.step(
        "filters by columns, and says beside the field what is wrong with a filter",
        () =>
          onSearch(browser, url, async (page, complaints) => {
            await cards(page).nth(COUNT - 1).waitFor();
            const help = await page.locator("#filter-help").innerText();
            assert.match(help, /name \(str\).*bytes \(int\)/);
            const field = page.locator("#index-filter");
            await field.fill('{"name": {"$eq": "blue-star.png"}}');
            await page.locator("#index-found").getByText("Documents that the filter").waitFor();
            assert.equal(await cards(page).count(), 1);
            const matches = await nextSearch(page, () => page.fill("#index-query", "a red circle"));
            assert.deepEqual(matches.map(({ tags }) => tags.name), ["blue-star.png"]);
            const error = page.locator("#filter-error");
            await field.fill('{"name": ');
            await error.getByText("not JSON yet").waitFor();
            assert.equal(await field.getAttribute("aria-invalid"), "true");
            await field.fill('{"nmae": {"$eq": 1}}');
            await error.getByText("nmae").waitFor();
            await field.fill('{"name": {"$like": "x"}}');
            await error.getByText("$like").waitFor();
            assert.equal(await page.locator("#index-failure [role=alert]").count(), 0);
            await field.fill("");
            await error.getByText(/./).waitFor({ state: "detached" });
            await cards(page).nth(COUNT - 1).waitFor();
            complaints.expect(/^Failed to load resource: .*4\d\d/);
          }),
      );

      await t.step(
        "shows what other clients put there, and fetches none of it from elsewhere",
        async () => {
          const picture = await Deno.readFile(join(SAMPLES, "red-circle.png"));
          const data = [
            { id: "words <b>", text: "<img src=x onerror=alert(1)> & words" },
            {
              id: "far",
              uri: "https://private.invalid/cat.png?token=1",
              blob: picture.toBase64(),
              tags: { price: 3, nested: { "<b>": [1] } },
            },
            { id: "blob", blob: picture.toBase64() },
          ];
          const answer = await fetch(`${url}/index`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ data: [data[0], ...data.slice(1)] }),
          });
          assert.equal((await answer.json()).header.status, null);
          await onSearch(browser, url, async (page) => {
            await cards(page).nth(COUNT + 2).waitFor();
            const card = (id: string) => page.locator(`#index-result li[data-key="${id}"]`);
            assert.match(await card("words <b>").innerText(), /<img src=x onerror=alert\(1\)>/);
            for (const id of ["far", "blob"]) {
              assert.match(
                (await card(id).locator("img").getAttribute("src"))!,
                /^data:image\/png;base64,/,
              );
            }
            await card("far").locator(".face").click();
            const dialog = page.locator("#document-dialog");
            const link = dialog.getByRole("link");
            assert.equal(await link.getAttribute("href"), data[1]!.uri);
            assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
            assert.match(await dialog.innerText(), /nested\s+\{"<b>":\[1\]\}/);
            await page.keyboard.press("Escape");
            for (const id of data.map(({ id }) => id)) {
              await card(id).hover();
              await card(id).locator(".remove").click();
              await card(id).waitFor({ state: "detached" });
            }
            await page.locator("#index-count").getByText(`${COUNT} documents`).waitFor();
          });
        },
      );

      await t.step(
        "an upload is stopped, goes on, halts when the server has gone, and loses nothing",
        async () => {
          const many = join(folder, "many");
          await Deno.mkdir(many);
          const sample = await Deno.readFile(join(SAMPLES, "red-circle.png"));
          for (let i = 0; i < 40; i++) {
            // What comes after a PNG's end is not looked at, but makes it another file.
            await Deno.writeFile(join(many, `${i}.png`), new Uint8Array([...sample, i]));
          }
          await onSearch(browser, url, async (page, complaints) => {
            await cards(page).nth(COUNT - 1).waitFor();
            let answer: "held" | "gone" | "given" = "held";
            await page.route("**/post", async (route) => {
              if (!asks(route.request(), "/index")) return await route.continue();
              if (answer === "gone") await route.abort("connectionrefused");
              else if (answer === "given") await route.continue();
            });
            await page.setInputFiles("#index-folder-input", many);
            const state = page.locator("#upload-state");
            await state.getByText("0 of 40 pictures").waitFor();
            await page.locator("#upload-stop").click();
            await state.getByText("0 of 40 pictures · stopped").waitFor();
            assert.equal(await page.evaluate("document.activeElement.id"), "upload-go-on");
            answer = "gone";
            await page.locator("#upload-go-on").click();
            const alert = page.locator("#upload-failure [role=alert]");
            await alert.getByText("The server does not answer").waitFor();
            answer = "given";
            await page.locator("#upload-go-on").click();
            await state.getByText(/^40 of 40 pictures$/).waitFor();
            assert.equal(await alert.count(), 0);
            await page.locator("#index-count").getByText(`${COUNT + 40} documents`).waitFor();
            const matches = await nextSearch(page, () => page.fill("#index-query", "a red circle"));
            assert.equal(matches.length, 24);
            const more = await nextSearch(page, () => page.selectOption("#index-limit", "96"));
            assert.equal(more.length, COUNT + 40);
            await page.locator("#index-clear").click();
            await page.getByRole("button", { name: "Remove all" }).click();
            await page.locator("#index-found").getByText("The index is empty").waitFor();
            await addSamples(page);
            complaints.expect(/ERR_CONNECTION_REFUSED/);
          });
        },
      );

      await t.step(
        "works below a path of a proxy",
        async () => {
          await using proxy = Deno.serve(
            { port: 0, hostname: "127.0.0.1", onListen() {} },
            (request) => {
              const { pathname, search } = new URL(request.url);
              if (!pathname.startsWith("/clip/")) return new Response("Not here", { status: 404 });
              return fetch(url + pathname.slice("/clip".length) + search, {
                method: request.method,
                headers: {
                  accept: request.headers.get("accept")!,
                  "content-type": "application/json",
                },
                ...(request.body === null ? {} : { body: request.body }),
              });
            },
          );
          await onSearch(browser, `http://127.0.0.1:${proxy.addr.port}/clip`, async (page) => {
            await cards(page).nth(COUNT - 1).waitFor();
            await addSamples(page);
            const matches = await nextSearch(page, () => page.fill("#index-query", "a moon"));
            assert.equal(matches.length, COUNT);
            assert.match(
              await page.locator("#request").innerText(),
              new RegExp(`curl -s http://127.0.0.1:${proxy.addr.port}/clip/search`),
            );
          });
        },
      );

      await t.step(
        "asks with the API key where the server wants one",
        async () => {
          const key = "the-key-0123456789abcdef";
          await using locked = await startSearchServer({ api_keys: [key] });
          await onSearch(browser, locked.url, async (page, complaints) => {
            await page.getByLabel("API key").fill(key);
            await page.getByRole("button", { name: "Use" }).click();
            await addSamples(page);
            await nextSearch(page, () => page.fill("#index-query", "a moon"));
            assert.match(await page.locator("#request").innerText(), /Bearer \$API_KEY/);
            await page.getByRole("button", { name: /^Remove a big yellow moon/ }).click();
            await page.locator("#index-count").getByText(`${COUNT - 1} documents`).waitFor();
            complaints.expect(/status of 401/);
          });
        },
      );

      await t.step(
        "is usable by keyboard, in both themes and on a phone, without fault for axe",
        async () => {
          for (const colorScheme of ["light", "dark"] as const) {
            await onSearch(browser, url, async (page) => {
              const sound = async (what: string) =>
                assert.deepEqual(await axeViolations(page), [], `${colorScheme}: ${what}`);
              const width = await page.evaluate("document.scrollingElement.scrollWidth");
              assert.ok(Number(width) <= 320, `${width} px`);
              await cards(page).nth(COUNT - 1).waitFor();
              await sound("newest");
              await page.setInputFiles(
                "#index-files-input",
                join(folder, "holiday", "bad <b>.png"),
              );
              await page.locator("#upload-failures li").waitFor();
              await page.fill("#index-query", "a star");
              await page.locator("#index-result .values").first().waitFor();
              await page.fill("#index-filter", "{");
              await page.locator("#filter-error").getByText("not JSON").waitFor();
              await sound("found");
              await page.locator("#index-result .face").first().focus();
              await page.keyboard.press("Enter");
              await page.locator("#document-dialog[open]").waitFor();
              await sound("a document");
              await page.keyboard.press("Escape");
              assert.match(
                await page.evaluate("document.activeElement.getAttribute('aria-label')"),
                /^Open /,
              );
              const [gone, next] = await shown(page);
              await page.locator("#index-result .remove").first().focus();
              await page.keyboard.press("Enter");
              await page.locator("#announcer").getByText(`${gone} removed`).waitFor();
              assert.equal(
                await page.evaluate("document.activeElement.getAttribute('aria-label')"),
                `Open ${next}`,
              );
              await page.locator("#index-samples").click();
              await page.locator("#upload-state").getByText(`${COUNT} of ${COUNT}`).waitFor();
            }, {
              bypassCSP: true,
              colorScheme,
              reducedMotion: "reduce",
              viewport: { width: 320, height: 700 },
            });
          }
        },
      );
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
