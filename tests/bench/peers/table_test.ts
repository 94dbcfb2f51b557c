import assert from "node:assert/strict";
import { LOADS, Tally } from "../../../bench/peers/contestant.ts";
import { type Figures, figuresTable, targetsTable } from "../../../bench/peers/table.ts";

/** Figures with so many CPU seconds a thousand and items a second under every load. */
function figures(name: string, cpu: number, rate: number, without?: string): Figures {
  const tallies = new Map(
    LOADS.filter((load) => load.name !== without).map((load) => {
      const tally = new Tally();
      const round = { items: 1000, seconds: 1000 / rate, cpuSeconds: cpu, latenciesMs: [7] };
      tally.add(round);
      tally.add({ ...round, latenciesMs: [9, 8] });
      return [load.name, tally];
    }),
  );
  return { name, startSeconds: 1.23, peakMiB: 456.7, tallies };
}

const OURS = figures("clipline, fp32", 10, 100);

function lines(table: string, start: string): string[][] {
  return table.split("\n").filter((line) => line.startsWith(start))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("figuresTable() gives cost and rate over all rounds, and the middle latency", () => {
  const [cells] = lines(figuresTable([OURS]), "| clipline");
  assert.deepEqual(cells, [
    "clipline, fp32",
    ...Array(4).fill("10.0"),
    ...Array(4).fill("100"),
    "8.00",
    "1.2",
    "457",
  ]);
});

Deno.test("figuresTable() has a dash for what was not measured", () => {
  const [cells] = lines(figuresTable([figures("infinity", 1, 1, "images 64 × 1")]), "| infinity");
  assert.equal(cells?.filter((cell) => cell === "–").length, 2);
});

Deno.test("targetsTable() sets ours against the better of the peers that a target names", () => {
  const table = targetsTable([
    OURS,
    figures("clipline, int8", 1, 1000),
    figures("infinity", 13, 90),
    figures("clip_server, torch", 80, 20),
    figures("clip_server, onnx", 60, 30),
  ]);
  const verdicts = lines(table, "| texts").concat(lines(table, "| images"))
    .map(([load, against, by, ratio, , met]) => `${load}, ${against}, ${by}: ${ratio} ${met}`);
  assert.deepEqual(verdicts, [
    "texts 64 × 1, infinity, CPU seconds: 1.30 yes",
    "texts 8 × 32, infinity, CPU seconds: 1.30 yes",
    "texts 8 × 32, clip_server's better runtime, CPU seconds: 6.00 no",
    "images 64 × 1, clip_server's better runtime, CPU seconds: 6.00 yes",
    "images 64 × 1, the best peer, CPU seconds: 1.30 yes",
    "images 8 × 32, the best peer, CPU seconds: 1.30 yes",
    "images 8 × 32, the best peer, items a second: 1.11 yes",
  ]);
});

Deno.test("targetsTable() calls a target without a peer not measured, not met", () => {
  const table = targetsTable([OURS]);
  assert.equal(table.match(/not measured/g)?.length, 7);
  assert.doesNotMatch(table, /yes/);
});
