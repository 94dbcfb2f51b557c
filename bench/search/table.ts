/** What the bench of search measured, as tables: everybody's figures, and the aims. */
import { markdownTable } from "../page.ts";
import { FILTERS } from "./columns.ts";
import type { EmbeddingCost } from "./embedding_cost.ts";
import type { Figures, SearchFigures } from "./measure.ts";

/** A line: what it says, and the cell of a contestant; undefined where it was not measured. */
type Row = readonly [what: string, cell: (figures: Figures) => string | undefined];

const both = ({ p50, p99 }: SearchFigures) => `${digits(p50)} / ${digits(p99)}`;

const ROWS: readonly Row[] = [
  ["documents written a second", ({ insertPerSecond }) => insertPerSecond?.toFixed(0)],
  ["recall@10", ({ single }) => single.recall.toFixed(4)],
  ["1 client: p50 / p99, ms", ({ single }) => both(single)],
  ["16 clients: p50 / p99, ms", ({ sixteen }) => both(sixteen)],
  ["16 clients: searches a second", ({ sixteen }) => sixteen.perSecond.toFixed(0)],
  ["CPU time of a search, ms", ({ single }) => digits(single.cpuMs)],
  ...FILTERS.map(({ name }, i): Row => [
    `filter that takes ${name}: recall@10, p50 ms`,
    ({ filtered }) => `${filtered[i]!.recall.toFixed(4)}, ${digits(filtered[i]!.p50)}`,
  ]),
  ["bytes on disk a vector", ({ diskPerVector }) => diskPerVector?.toFixed(0)],
  ["bytes resident a vector, after writing", (figures) => figures.residentPerVector.toFixed(0)],
  [
    "bytes resident a vector, opened anew",
    ({ reopened }) => reopened?.residentPerVector.toFixed(0),
  ],
  ["opening after a clean end, ms", ({ reopened }) => reopened?.ms.toFixed(0)],
  ["opening after `kill -9` behind the last write, ms", ({ killed }) => killed?.ms.toFixed(0)],
  [
    "documents then there; recall@10 of the first searches",
    ({ killed }) => killed && `${killed.documents}; ${killed.recall.toFixed(4)}`,
  ],
  [
    "seconds until nothing is left to be done then",
    ({ settleSeconds }) => settleSeconds?.toFixed(1),
  ],
];

/** A column for each contestant. */
export function figuresTable(all: readonly Figures[]): string {
  const rows = ROWS.map(([what, cell]) => [what, ...all.map((figures) => cell(figures) ?? "–")]);
  const head = ["", ...all.map(({ name }) => name)];
  return markdownTable(head, rows, (column) => column === 0 ? "---" : "--:");
}

/** The aims of an index of ours, and what it takes over the baselines. */
export function aimsTable(
  ours: Figures,
  others: readonly Figures[],
  cost: EmbeddingCost | undefined,
): string {
  const worst = Math.min(
    ...[ours.single, ours.sixteen, ...ours.filtered].map(({ recall }) => recall),
  );
  const opening = Math.max(ours.reopened?.ms ?? NaN, ours.killed?.ms ?? NaN);
  const resident = Math.max(ours.residentPerVector, ours.reopened?.residentPerVector ?? NaN);
  const rows = [
    ["recall@10, the worst of all kinds of searches", worst.toFixed(4), "≥ 0.98", worst >= 0.98],
    ["bytes resident a vector, the most", resident.toFixed(0), "≤ 1600", resident <= 1600],
    ["opening, ms, the longer of both", opening.toFixed(0), "≤ 2000", opening <= 2000],
    ...cost === undefined ? [] : [
      [
        `p50 of a search over that of the embedding of a text (${digits(cost.searchP50)} over ` +
        `${digits(cost.embeddingP50)} ms)`,
        cost.latency.toFixed(3),
        "< 0.1",
        cost.latency < 0.1,
      ] as const,
      [
        `CPU time of a search over that of the embedding (${digits(cost.searchCpu)} over ` +
        `${digits(cost.embeddingCpu)} ms)`,
        cost.cpu.toFixed(3),
        "< 0.1",
        cost.cpu < 0.1,
      ] as const,
    ],
    ...others.map(({ name, single }) =>
      [
        `p50 of a search over that of ${name}`,
        (ours.single.p50 / single.p50).toFixed(3),
        "",
        undefined,
      ] as const
    ),
    ...others.flatMap(({ name, insertPerSecond }) =>
      insertPerSecond === undefined ? [] : [
        [
          `documents written a second over those of ${name}`,
          (ours.insertPerSecond! / insertPerSecond).toFixed(2),
          "",
          undefined,
        ] as const,
      ]
    ),
  ].map(([what, figure, aim, met]) => [
    String(what),
    String(figure),
    String(aim),
    met === undefined ? "" : met ? "yes" : "no",
  ]);
  return markdownTable([`${ours.name}`, "Figure", "Aim", "Met"], rows);
}

/** Three digits that count. */
function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "–";
}
