// deno-lint-ignore-file no-explicit-any -- functions that run in the page see its globals
/** What axe finds against the accessibility of a page (https://github.com/dequelabs/axe-core). */
import type { Page } from "playwright-core";

const SOURCE = new URL(import.meta.resolve("axe-core/axe.min.js"));

/** Violations, a line each; the page's context must have been made with `bypassCSP`. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: await Deno.readTextFile(SOURCE) });
  const { violations } = await page.evaluate(() => (globalThis as any).axe.run());
  return violations.flatMap(({ id, help, nodes }: any) =>
    nodes.map(({ target, failureSummary }: any) =>
      `${id}: ${help}: ${target.join(" ")}: ${failureSummary.replaceAll(/\s+/g, " ")}`
    )
  );
}
