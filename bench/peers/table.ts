/** What the side-by-side measured, as tables: everybody's figures, and the targets. */
import { markdownTable } from "../page.ts";
import { quantile } from "../serving/context.ts";
import { LOADS, type Tally } from "./contestant.ts";

/** A contestant's figures. */
export interface Figures {
  name: string;
  startSeconds: number;
  /** The most that was seen at the end of a round. */
  peakMiB: number;
  /** By the load's name; a load that was not measured is missing. */
  tallies: ReadonlyMap<string, Tally>;
}

/** A target of ours over peers. */
interface Target {
  what: string;
  load: string;
  /** Part of the peers' names. */
  peers: string;
  by: "cpuPerThousand" | "rate";
  least: number;
}

const OURS = "clipline, fp32";

const TARGETS: readonly Target[] = [
  { what: "infinity", load: "texts 64 × 1", peers: "infinity", by: "cpuPerThousand", least: 1.3 },
  { what: "infinity", load: "texts 8 × 32", peers: "infinity", by: "cpuPerThousand", least: 1.3 },
  {
    what: "clip_server's better runtime",
    load: "texts 8 × 32",
    peers: "clip_server",
    by: "cpuPerThousand",
    least: 7,
  },
  {
    what: "clip_server's better runtime",
    load: "images 64 × 1",
    peers: "clip_server",
    by: "cpuPerThousand",
    least: 1.5,
  },
  { what: "the best peer", load: "images 64 × 1", peers: "", by: "cpuPerThousand", least: 1 },
  { what: "the best peer", load: "images 8 × 32", peers: "", by: "cpuPerThousand", least: 1 },
  { what: "the best peer", load: "images 8 × 32", peers: "", by: "rate", least: 1 },
];

/** CPU seconds a thousand, then rates, then the rest: a line for each contestant. */
export function figuresTable(all: readonly Figures[]): string {
  const [single, ...loaded] = LOADS.map(({ name }) => name) as [string, ...string[]];
  const head = [
    "",
    ...loaded.map((name) => `CPU s a thousand, ${name}`),
    ...loaded.map((name) => `A second, ${name}`),
    "One text, p50 ms",
    "Start to first answer, s",
    "Peak memory, MiB",
  ];
  const rows = all.map(({ name, startSeconds, peakMiB, tallies }) => {
    const cell = (load: string, value: (tally: Tally) => number) => {
      const tally = tallies.get(load);
      return tally ? value(tally).toPrecision(3) : "–";
    };
    return [
      name,
      ...loaded.map((load) => cell(load, (tally) => tally.cpuPerThousand)),
      ...loaded.map((load) => cell(load, (tally) => tally.rate)),
      cell(single, ({ latenciesMs }) => quantile(latenciesMs, 0.5)),
      startSeconds.toFixed(1),
      peakMiB.toFixed(0),
    ];
  });
  return markdownTable(head, rows, (column) => column === 0 ? "---" : "--:");
}

/** How many times less CPU, or more items a second, than the best of the peers named. */
export function targetsTable(all: readonly Figures[]): string {
  const ours = all.find(({ name }) => name === OURS);
  const rows = TARGETS.map(({ what, load, peers, by, least }) => {
    const mine = ours?.tallies.get(load)?.[by];
    const theirs = all
      .filter(({ name }) => !name.startsWith("clipline") && name.includes(peers))
      .flatMap(({ tallies }) => tallies.get(load)?.[by] ?? []);
    const best = by === "rate" ? Math.max(...theirs) : Math.min(...theirs);
    const measured = by === "rate" ? "items a second" : "CPU seconds";
    if (mine === undefined || theirs.length === 0) {
      return [load, what, measured, "not measured", `≥ ${least}`, ""];
    }
    const ratio = by === "rate" ? mine / best : best / mine;
    return [load, what, measured, ratio.toFixed(2), `≥ ${least}`, ratio >= least ? "yes" : "no"];
  });
  return markdownTable(["Load", "Against", "By", "Ratio", "Target", "Met"], rows);
}
