import assert from "node:assert/strict";
import { join } from "node:path";
import { firstStartSvg, impersonal } from "../../tools/first_start.ts";
import { DEMO_COMMAND } from "../docs/run_block.ts";
import { ROOT } from "../docs/demo_program.ts";

Deno.test("firstStartSvg() shows lines in their order, none too soon or too late after the other", () => {
  const lines = [{ text: "a < b", at: 5 }, { text: "", at: 6 }, {
    text: "x".repeat(500),
    at: 60_000,
  }];
  const svg = firstStartSvg(lines);
  const delays = [...svg.matchAll(/animation-delay:([\d.]+)s/g)].map(([, delay]) => Number(delay));
  assert.deepEqual(delays, [0, 0.5, 1.95]);
  assert.ok(svg.includes(">a &lt; b<"));
  assert.match(svg, />x{50,200}…</);
});

Deno.test("impersonal() takes the day, addresses and folders of this machine out of a line", () => {
  assert.equal(impersonal("2026-11-26T07:55:16.123Z INFO    a"), "07:55:16 INFO    a");
  assert.equal(
    impersonal("  grpc   grpc://127.0.0.1:51000  grpc://192.0.2.2:51000"),
    "  grpc   grpc://127.0.0.1:51000",
  );
  assert.equal(impersonal("  stop   Ctrl-C, or kill 6"), "  stop   Ctrl-C, or kill 12345");
  assert.equal(impersonal("x directory=/home/me/y"), "x directory=~/.cache/clipline/graphs/…");
});

Deno.test("The picture of the first start begins with the README's command, and is small", () => {
  const svg = Deno.readTextFileSync(join(ROOT, "docs/images/first-start.svg"));
  assert.ok(svg.includes(`>$ ${DEMO_COMMAND.trim()}<`));
  assert.ok(svg.length < 50_000);
});
