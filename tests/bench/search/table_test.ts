import assert from "node:assert/strict";
import type { Figures, SearchFigures } from "../../../bench/search/measure.ts";
import { aimsTable, figuresTable } from "../../../bench/search/table.ts";
import { FILTERS } from "../../../bench/search/columns.ts";
import { cellOf, tableRows } from "../../docs/tables.ts";

const SEARCH: SearchFigures = { recall: 0.99, p50: 0.5, p99: 1.25, perSecond: 1234.5, cpuMs: 0.6 };

const OURS: Figures = {
  name: "ours",
  insertPerSecond: 2000,
  settleSeconds: 12,
  killed: { ms: 300, documents: 100, recall: 1 },
  single: SEARCH,
  sixteen: SEARCH,
  filtered: FILTERS.map(() => SEARCH),
  diskPerVector: 4000,
  residentPerVector: 1400,
  reopened: { ms: 250, residentPerVector: 1300 },
};

const EXACT: Figures = {
  name: "exact",
  single: { ...SEARCH, recall: 1, p50: 5 },
  sixteen: SEARCH,
  filtered: FILTERS.map(() => SEARCH),
  residentPerVector: 2100,
};

const COST = {
  searchP50: 0.5,
  embeddingP50: 10,
  searchCpu: 0.6,
  embeddingCpu: 20,
  latency: 0.05,
  cpu: 0.03,
};

const aims = (ours: Figures) =>
  new Map(
    tableRows(aimsTable(ours, [EXACT], COST)).map((row) => [row.cells[0], cellOf(row, /^Met$/)]),
  );

Deno.test("figuresTable() has a column for everybody, and a dash for what was not measured", () => {
  const rows = tableRows(figuresTable([OURS, EXACT]));
  assert.deepEqual(rows[0]!.head, ["", "ours", "exact"]);
  const cells = Object.fromEntries(rows.map(({ cells: [what, ...rest] }) => [what, rest]));
  assert.deepEqual(cells["documents written a second"], ["2000", "–"]);
  assert.deepEqual(cells["1 client: p50 / p99, ms"], ["0.5 / 1.25", "5 / 1.25"]);
  assert.deepEqual(cells["bytes resident a vector, after writing"], ["1400", "2100"]);
});

Deno.test("aimsTable() says which aims are met", () => {
  assert.deepEqual([...aims(OURS).values()].slice(0, 5), ["yes", "yes", "yes", "yes", "yes"]);
});

Deno.test("aimsTable() judges the worst search, the most memory and the longer opening", () => {
  const bad = { ...OURS, filtered: FILTERS.map((_, i) => ({ ...SEARCH, recall: 1 - 0.01 * i })) };
  const full = { ...OURS, reopened: { ms: 100, residentPerVector: 1601 } };
  const slow = { ...OURS, killed: { ...OURS.killed!, ms: 2001 } };
  const met = [bad, full, slow].map((ours) => [...aims(ours).values()].slice(0, 3));
  assert.deepEqual(met, [["no", "yes", "yes"], ["yes", "no", "yes"], ["yes", "yes", "no"]]);
});
