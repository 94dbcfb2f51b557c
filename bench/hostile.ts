// deno-lint-ignore-file no-console -- a command-line program
/**
 * Attacks at full size on a real server with the demo model, while a client that behaves well
 * measures itself. Ends with code 1 if one is not borne.
 *
 *     deno task bench:hostile [--small] [NAME …]
 *
 * NAME: a part of the names of the attacks that are made; default all.
 */
import { parseArgs } from "node:util";
import { Harness, type Quantiles, type Report } from "../tests/hostile/harness.ts";
import { ATTACKS } from "../tests/hostile/table.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { small: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = ATTACKS.filter(({ name }) =>
  positionals.length === 0 || positionals.some((part) => name.includes(part))
);

const pair = ({ p50, p99 }: Quantiles) => `${p50.toFixed(0)}/${p99.toFixed(0)}`;

function row({ name, tally, seconds, texts, pictures, ...report }: Report): string {
  const { rssMaxMiB, before, after, failures, faults } = report;
  const outcomes = Object.entries(tally.outcomes).map(([what, count]) => `${what} ×${count}`);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return [
    name,
    `${(tally.sentBytes / 2 ** 20).toFixed(2)} MiB in ${seconds.toFixed(1)} s`,
    `${pair(texts.before)} → ${pair(texts.during)} (${
      (texts.during.p99 / texts.before.p99).toFixed(1)
    })`,
    `${pair(pictures.before)} → ${pair(pictures.during)}`,
    String(failed),
    `${before.residentMiB.toFixed(0)} → ${rssMaxMiB.toFixed(0)} → ${after.residentMiB.toFixed(0)}`,
    `${before.descriptors} → ${after.descriptors}, ${before.threads} → ${after.threads}`,
    outcomes.join(", "),
    faults.length === 0 ? "borne" : `NOT BORNE: ${faults.join("; ")}`,
  ].join(" | ");
}

console.log(
  "| attack | sent | texts p50/p99 ms (ratio) | pictures p50/p99 ms | failed | RSS MiB before, most, after " +
    "| descriptors, threads | what the attacker saw | verdict |",
);
console.log(`|${" --- |".repeat(9)}`);
await using harness = new Harness(!values.small);
for (const attack of chosen) {
  const report = await harness.judge(attack);
  console.log(`| ${row(report)} |`);
  if (report.faults.length > 0) Deno.exitCode = 1;
}
