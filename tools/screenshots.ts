/**
 * Takes the README's pictures of the playground: the demonstration model's server, a real Chromium,
 * and a little traffic, so that there is something to see.
 *
 *     deno run -A tools/screenshots.ts [FOLDER]      default: docs/images
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { loadFlow } from "../src/flow/load.ts";
import { localUrl } from "../src/server/banner.ts";
import { startServer } from "../src/server/server.ts";
import { SILENT_LOG } from "../src/telemetry/log.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** In CSS pixels. The wide ones show the whole page, however long. */
const SIZE = { width: 1280, height: 880 };
const PHONE = { width: 390, height: 844 };
/** Sharp on fine screens; a README shows it at about 900 px. */
const SCALE = 1.5;
/** So much traffic is seen in the throughput's line. */
const TRAFFIC_MS = 48_000;
/** The address in the pictures: the demonstration's own, wherever it runs this time. */
const SHOWN_HOST = "localhost:51001";
/** What is searched for. */
const QUERY = "two pink hearts";
/** Colours of the pictures' palette: a page has few. */
const COLOURS = 128;

/** One picture. */
interface Shot {
  name: string;
  scheme: "light" | "dark";
  size: { width: number; height: number };
  prepare: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: "playground-light", scheme: "light", size: SIZE, prepare: ranked },
  { name: "playground-dark", scheme: "dark", size: SIZE, prepare: searched },
  { name: "playground-phone", scheme: "light", size: PHONE, prepare: searched },
];
/** Those with an index behind the model. */
const INDEX_SHOTS: readonly Shot[] = [
  { name: "playground-search", scheme: "light", size: SIZE, prepare: found },
];

async function ranked(page: Page): Promise<void> {
  await page.locator("#rank-result li").first().waitFor();
}

async function searched(page: Page): Promise<void> {
  await page.locator("#tab-search").click();
  await page.getByText("images embedded once").waitFor();
  await page.fill("#query", QUERY);
  await page.locator("#search-result .bar").first().waitFor();
  await page.locator("#response").getByText(QUERY).first().waitFor();
}

async function found(page: Page): Promise<void> {
  await page.locator("#tab-search").click();
  await page.locator("#index-samples").click();
  await page.locator("#upload-close").click();
  await page.fill("#index-query", QUERY);
  await page.locator("#index-result .values").first().waitFor();
  await page.locator("#request").getByText(QUERY).first().waitFor();
}

/** Texts nobody has sent before, in waves. */
async function traffic(url: string, signal: AbortSignal): Promise<void> {
  for (let wave = 0; !signal.aborted; wave++) {
    const count = Math.round(14 + 9 * Math.sin(wave / 9) + 4 * Math.sin(wave / 2.3));
    const data = Array.from({ length: count }, (_, i) => ({ text: `wave ${wave}, text ${i}` }));
    const response = await fetch(`${url}/post`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data }),
    });
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 220));
  }
}

/** Opens the page as a picture wants it. */
async function open(browser: Browser, { size, scheme }: Shot): Promise<Page> {
  const page = await browser.newPage({
    viewport: size,
    colorScheme: scheme,
    deviceScaleFactor: SCALE,
    reducedMotion: "reduce",
  });
  await page.goto(`http://${SHOWN_HOST}/`);
  return page;
}

async function take(page: Page, path: string, { size, prepare }: Shot): Promise<void> {
  await prepare(page);
  await page.evaluate("document.activeElement.blur()");
  const png = await page.screenshot({ fullPage: size !== PHONE });
  const small = await sharp(png).png({ palette: true, colours: COLOURS, effort: 10, dither: 0 })
    .toBuffer();
  await Deno.writeFile(path, small);
  // deno-lint-ignore no-console -- a command-line program
  console.log(`${path}: ${small.length} bytes`);
}

/** Takes the pictures of a built-in flow's server. */
async function shoot(flowFile: string, shots: readonly Shot[]): Promise<void> {
  const workspace = await Deno.makeTempDir();
  const flow = loadFlow({ path: join(ROOT, "flows", flowFile) }, { CLIPLINE_WORKSPACE: workspace });
  flow.gateway.listeners = [{ protocol: "http", port: 0 }];
  flow.gateway.host = "127.0.0.1";
  const server = await startServer(flow, { log: SILENT_LOG });
  const url = localUrl(server.addresses[0]!);
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM_PATH") ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      `--host-resolver-rules=MAP ${SHOWN_HOST} ${new URL(url).host}`,
    ],
  });
  try {
    const pages = await Promise.all(shots.map((shot) => open(browser, shot)));
    const end = new AbortController();
    const sent = traffic(url, end.signal);
    await new Promise((resolve) => setTimeout(resolve, TRAFFIC_MS));
    for (const [i, shot] of shots.entries()) {
      await take(pages[i]!, join(folder, `${shot.name}.png`), shot);
    }
    end.abort();
    await sent;
  } finally {
    await browser.close();
    await server.stop(5000);
    await Deno.remove(workspace, { recursive: true });
  }
}

const folder = Deno.args[0] ?? join(ROOT, "docs", "images");
await Deno.mkdir(folder, { recursive: true });
await shoot("demo-flow.yml", SHOTS);
await shoot("search-flow.yml", INDEX_SHOTS);
