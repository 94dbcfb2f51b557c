import assert from "node:assert/strict";
import { bulkTable, Tally } from "../../../bench/bulk/table.ts";
import type { Kind } from "../../../bench/bulk/inputs.ts";

/** Two rounds of 500 items with so many items a second and CPU seconds a thousand. */
function tally(rate: number, cpu: number, wholeSeconds?: number): Tally {
  const all = new Tally();
  const round = { items: 500, seconds: 500 / rate, cpuSeconds: cpu / 2 };
  for (let i = 0; i < 2; i++) {
    all.add(wholeSeconds === undefined ? round : { ...round, wholeSeconds });
  }
  return all;
}

function cells(tallies: [string, Partial<Record<Kind, Tally>>][], start: string): string[] {
  const [line] = bulkTable(new Map(tallies)).split("\n").filter((line) =>
    line.startsWith(`| ${start} |`)
  );
  return line!.split("|").slice(1, -1).map((cell) => cell.trim());
}

Deno.test("bulkTable() sets rates and CPU seconds of all rounds over those of the baseline", () => {
  const row = cells([
    ["bare session", { captions: tally(100, 20) }],
    ["encode", { captions: tally(125, 16, 4.4) }],
  ], "captions, encode over bare session");
  assert.deepEqual(row, [
    "captions, encode over bare session",
    "1.25",
    "≥ 0.9",
    "1.25",
    "125.0/s (1000, 16.0 CPU s a thousand) over 100.0/s (1000, 20.0 CPU s a thousand); " +
    "start and end of the program 10 % on top",
  ]);
});

Deno.test("bulkTable() has dashes for what was not measured", () => {
  const row = cells([["encode", { photos: tally(10, 90) }]], "photos, encode over open_clip");
  assert.deepEqual(row, ["photos, encode over open_clip", "–", "≥ 1.2", "–", "–"]);
});

Deno.test("bulkTable() has a line for each target of both kinds of input", () => {
  const lines = bulkTable(new Map()).split("\n").slice(2);
  assert.equal(lines.filter((line) => line.startsWith("| captions,")).length, 3);
  assert.equal(lines.filter((line) => line.startsWith("| photos,")).length, 3);
});
