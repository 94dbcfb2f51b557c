/** What the jobs took, as a table of ratios. */
import { markdownTable } from "../page.ts";
import type { Taken } from "./contestants.ts";
import type { Kind } from "./inputs.ts";

/** All rounds of one contestant with one kind of input. */
export class Tally {
  items = 0;
  seconds = 0;
  cpuSeconds = 0;
  wholeSeconds = 0;

  add({ items, seconds, cpuSeconds, wholeSeconds = seconds }: Taken): void {
    this.items += items;
    this.seconds += seconds;
    this.cpuSeconds += cpuSeconds;
    this.wholeSeconds += wholeSeconds;
  }

  /** Items a second. */
  get rate(): number {
    return this.items / this.seconds;
  }

  /** CPU seconds for a thousand items. */
  get cpuPerThousand(): number {
    return 1000 * this.cpuSeconds / this.items;
  }
}

/** Tallies by contestant and kind. */
export type Tallies = ReadonlyMap<string, Readonly<Partial<Record<Kind, Tally>>>>;

interface Target {
  kind: Kind;
  who: string;
  over: string;
  least: number;
}

const TARGETS: readonly Target[] = [
  { kind: "captions", who: "encode", over: "bare session", least: 0.9 },
  { kind: "captions", who: "encode --server", over: "bare session", least: 0.85 },
  { kind: "captions", who: "encode", over: "open_clip", least: 2 },
  { kind: "photos", who: "encode", over: "bare session", least: 0.9 },
  { kind: "photos", who: "encode --server", over: "bare session", least: 0.85 },
  { kind: "photos", who: "encode", over: "open_clip", least: 1.2 },
];

/** A line for each target; one that was not measured has dashes. */
export function bulkTable(tallies: Tallies): string {
  const rows = TARGETS.map(({ kind, who, over, least }) => {
    const [mine, theirs] = [tallies.get(who)?.[kind], tallies.get(over)?.[kind]];
    const what = `${kind}, ${who} over ${over}`;
    if (mine === undefined || theirs === undefined) return [what, "–", `≥ ${least}`, "–", "–"];
    const ratio = mine.rate / theirs.rate;
    const cpu = theirs.cpuPerThousand / mine.cpuPerThousand;
    const start = (mine.wholeSeconds / mine.seconds - 1) * 100;
    return [
      what,
      ratio.toFixed(2),
      `≥ ${least}`,
      cpu.toFixed(2),
      `${rateOf(mine)} over ${rateOf(theirs)}; start and end of the program ` +
      `${start.toFixed(0)} % on top`,
    ];
  });
  const head = ["What", "Ratio", "Target", "By CPU seconds", "Figures"];
  return markdownTable(head, rows, (column) => column === 1 || column === 3 ? "--:" : "---");
}

function rateOf({ items, rate, cpuPerThousand }: Tally): string {
  return `${rate.toFixed(1)}/s (${items}, ${cpuPerThousand.toFixed(1)} CPU s a thousand)`;
}
