/** Figures that several pages have, and names that pages take from tables of the source. */
import assert from "node:assert/strict";
import { join } from "node:path";
import * as exitCodes from "../../src/cli/exit_code.ts";
import { ENCODER_KEYS, EXECUTOR_KEYS } from "../../src/flow/executor_keys.ts";
import { GATEWAY_KEYS } from "../../src/flow/gateway_keys.ts";
import type { Key } from "../../src/flow/key.ts";
import { type MetricDefinition, METRICS } from "../../src/telemetry/metric_table.ts";
import { ROOT } from "./demo_program.ts";
import { cellOf, tableRows } from "./tables.ts";

const read = (page: string) => Deno.readTextFileSync(join(ROOT, page));

/** Those written by hand; the others have tests of their own. */
const PAGES = [
  "README.md",
  ...[...Deno.readDirSync(join(ROOT, "docs"))].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md") && !/(flow|monitoring)\.md$/.test(name)).sort(),
];

const KEYS: Readonly<Record<string, Key>> = { ...GATEWAY_KEYS, ...EXECUTOR_KEYS, ...ENCODER_KEYS };

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1000,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  Mi: 2 ** 20,
};

/** `32 MiB`, `10 000 ms`, `10,000; 512 MiB`: the numbers, with their units. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/(\d+(?:[ ,]\d{3})*)(?: (MiB|Mi|KiB|ms|s)\b)?/g)]
    .map(([, digits, unit = ""]) => Number(digits!.replace(/[ ,]/g, "")) * UNITS[unit]!);
}

Deno.test("Defaults that pages have in tables are those of the keys", () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const page of PAGES) {
    for (const row of tableRows(read(page))) {
      const keys = [...(cellOf(row, /^key$/i) ?? "").matchAll(/`([a-z_]+)`/g)].map(([, key]) =>
        key!
      );
      const shown = cellOf(row, /^(default|how much)$/i);
      if (keys.length === 0 || shown === undefined) continue;
      const defaults = keys.map((key) => KEYS[key]?.schema.parse(undefined));
      // What begins with words says where the default comes from.
      if (!defaults.every((value) => typeof value === "number" && value > 0)) continue;
      if (String(numbersIn(shown)) !== String(defaults)) {
        wrong.push(`${page}: ${keys}: shown ${shown}, really ${defaults}`);
      }
      compared += keys.length;
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(compared > 25, `${compared} were compared`);
});

Deno.test("Metrics that pages name are in the table of metrics", () => {
  const metrics: Readonly<Record<string, MetricDefinition>> = METRICS;
  let found = 0;
  for (const page of PAGES) {
    for (
      const [name] of read(page).matchAll(/\b(?:clipline|jina)_[a-z_]+_(?:total|seconds|info)\b/g)
    ) {
      found++;
      assert.ok(name in metrics, `${page}: there is no metric ${name}`);
    }
  }
  assert.ok(found > 3);
  const said = /((?:`[a-z]+`(?:,| and)? ?)+)(?:are labels|is a label)\s+of the metric\s+`([a-z_]+)`/
    .exec(read("docs/gpu.md"))!;
  for (const [, label] of said[1]!.matchAll(/`([a-z]+)`/g)) {
    assert.ok(metrics[said[2]!]!.labels.includes(label!), `${said[2]} has no label ${label}`);
  }
});

Deno.test("The README has every exit code, and no other", () => {
  const codes = tableRows(read("README.md")).flatMap((row) => cellOf(row, /^Exit code$/) ?? []);
  // A server's and a job's may be the same.
  const own = [...new Set(Object.values(exitCodes))];
  assert.deepEqual(codes.map(Number), own.toSorted((a, b) => a - b));
});

/** Cells of rows of the pages of measurements, as numbers. */
function measured(page: string, row: RegExp, column: RegExp): number[] {
  return tableRows(read(`docs/${page}.md`))
    .filter((one) => one.cells.some((cell) => row.test(cell)))
    .flatMap((one) => cellOf(one, column) ?? []).map(Number);
}

Deno.test("Figures of the README are those of the pages they come from", () => {
  const serving = (row: RegExp) => measured("performance", row, /^Ratio$/);
  const graphs = (row: RegExp) => measured("performance-models", row, /^times the first$/);
  const expected: [row: RegExp, figures: number[]][] = [
    [/^Captions .* 64 clients with 32 each \(/, serving(/^texts over .* 64 clients × 32$/)],
    [/^Captions per second, 64 clients with one each$/, serving(/^texts over .* 64 clients × 1$/)],
    [/^Images per second from JPEG/, serving(/^images over .* 8 clients × 32, of/)],
    [/^64 clients with one text each, over/, serving(/^64 clients × 1 text over/)],
    [/^Four times more requests/, serving(/^goodput at 4/)],
    [/^Start to ready/, serving(/^start to ready/)],
    [/^Resident memory/, serving(/^resident memory/)],
    [/text cut to its length/, graphs(/cut to the longest/)],
    [/in int8, over a bare session/, graphs(/^engine, int8, tokenizing/)],
    [/int8 over fp32, decoding/, graphs(/^engine, int8, from JPEG/)],
  ];
  for (const [row, figures] of expected) {
    const [, shown] = readmeRow(row);
    assert.ok(figures.length > 0, `${row}`);
    const bounds = [...new Set([Math.min(...figures), Math.max(...figures)].map(rounded(shown!)))];
    assert.equal(shown, bounds.join(" to "), `${row}`);
  }
});

Deno.test("Figures of the README about other servers are quotients of those measured", () => {
  const loads: [row: RegExp, column: RegExp][] = [
    [/^Captions, 64 clients/, /^CPU s a thousand, texts 64/],
    [/^Captions, 8 clients/, /^CPU s a thousand, texts 8/],
    [/^Images, 64 clients/, /^CPU s a thousand, images 64/],
    [/^Images, 8 clients/, /^CPU s a thousand, images 8/],
  ];
  for (const [row, column] of loads) {
    const of = (name: RegExp) => Math.min(...measured("performance-peers", name, column));
    const ours = of(/^clipline, fp32$/);
    const [, infinity, clipServer] = readmeRow(row);
    assert.equal(infinity, rounded(infinity!)(of(/^infinity/) / ours), `${row}`);
    assert.equal(clipServer, rounded(clipServer!)(of(/^clip_server/) / ours), `${row}`);
  }
});

Deno.test("What a single text takes is the same in the README and where it was measured", () => {
  const [, shown] = readmeRow(/^One text alone, median$/);
  const [row] = tableRows(read("docs/performance.md"))
    .filter(({ cells }) => cells.includes("single text, p50 over a bare run's, http"));
  const [, bare, more] = /over ([\d.]+) ms: ([\d.]+) ms more/.exec(cellOf(row!, /^Figures$/)!)!;
  assert.equal(shown, `${more} ms more than the bare run's ${Number(bare).toFixed(0)} ms`);
});

function readmeRow(what: RegExp): readonly string[] {
  const rows = tableRows(read("README.md")).filter(({ cells }) => what.test(cells[0]!));
  assert.equal(rows.length, 1, `${what}`);
  return rows[0]!.cells;
}

/** With as many digits as the README has there. */
function rounded(shown: string): (figure: number) => string {
  const digits = /\.(\d+)/.exec(shown)?.[1]?.length ?? 0;
  return (figure) => figure.toFixed(digits);
}
