/** A real Chromium, driven over its protocol; where there is none, tests say so and are left out. */
import { type Browser, chromium, type Page } from "playwright-core";

const CANDIDATES = [
  Deno.env.get("CHROMIUM_PATH"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Without a sandbox (containers), without what a browser does on the network of its own accord. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const path = CANDIDATES.find((candidate) => {
  try {
    return candidate !== undefined && Deno.statSync(candidate).isFile;
  } catch {
    return false;
  }
});

/**
 * Whether a browser test must be left out, which is said aloud.
 * @param what the test leaves untested
 * @throws {Error} in CI, where a browser has to be there.
 */
export function withoutBrowser(what: string): boolean {
  if (path !== undefined) return false;
  const text = `NOT TESTED: ${what}, as no Chromium was found (CHROMIUM_PATH)`;
  if (Deno.env.get("CI") === "true") throw new Error(text);
  // deno-lint-ignore no-console
  console.warn(text);
  return true;
}

/** Starts the browser; the caller closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: path!, args: ARGUMENTS });
}

/** What a page complained about while it was open. */
export class Complaints {
  readonly texts: string[] = [];

  /** Listens to a page that has not been opened yet. `origin` is the only host it may ask. */
  constructor(page: Page, origin: string) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.texts.push(message.text());
    });
    page.on("pageerror", (error) => this.texts.push(`${error.name}: ${error.message}`));
    page.on("request", (request) => {
      const address = request.url();
      if (!/^(blob|data):/.test(address) && new URL(address).origin !== origin) {
        this.texts.push(`asked ${address}`);
      }
    });
  }

  /** Takes those away that a test has brought about. */
  expect(pattern: RegExp): void {
    const rest = this.texts.filter((text) => !pattern.test(text));
    this.texts.splice(0, this.texts.length, ...rest);
  }
}
