/** Showing a long job: a bar on a terminal, a line every ten seconds elsewhere. */
import { formatDuration } from "../../model/store/sizes.ts";
import { barPlace, terminalBar, type TerminalStream } from "../../model/store/terminal_bar.ts";
import type { Input } from "../row.ts";

/** Rows so far, of all runs. */
export interface RowCounts {
  embedded: number;
  failed: number;
}

/** A job being shown. */
export interface ShownJob {
  /** Rows there are now. It is called for every row: it costs nothing. */
  update(counts: RowCounts): void;
  /** The job ended, well or not. */
  end(): void;
}

/** How long a job is: its rows, or how much of its input has been read. */
export type Extent = Pick<Input, "count" | "readShare">;

/** Shows jobs. */
export interface ProgressReporter {
  /**
   * A job begins, or goes on at rows of earlier runs.
   * @param what is counted: `rows`, unless it is said.
   */
  begin(counts: RowCounts, extent: Extent, what?: string): ShownJob;
}

/** Shows nothing. */
export const silentProgress: ProgressReporter = {
  begin: () => ({ update() {}, end() {} }),
};

/** What is asked of time. */
export interface ProgressClock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls `fire` every `ms` until the returned function is called. */
  every(ms: number, fire: () => void): () => void;
}

/** The real clock. */
export const progressClock: ProgressClock = {
  now: () => performance.now(),
  every(ms, fire) {
    const timer = setInterval(fire, ms);
    // A job that failed does not live on for what shows it.
    Deno.unrefTimer(timer);
    return () => clearInterval(timer);
  },
};

const USUAL_WHAT = "rows";

const LINE_EVERY_MS = 10_000;
const BAR_EVERY_MS = 250;

/** The rate is that of the last half minute: what comes next is more like that than like the start. */
const RATE_OVER_MS = 30_000;
const SAMPLES_EVERY_MS = 1_000;

/** Rows a second, lately. */
class Rate {
  readonly #samples: { at: number; rows: number }[] = [];

  /** @returns 0 while nothing can be said. */
  see(at: number, rows: number): number {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= SAMPLES_EVERY_MS) samples.push({ at, rows });
    while (samples.length > 2 && at - samples[1]!.at >= RATE_OVER_MS) samples.shift();
    const seconds = (at - samples[0]!.at) / 1000;
    return seconds > 0 ? (rows - samples[0]!.rows) / seconds : 0;
  }
}

function sum({ embedded, failed }: RowCounts): number {
  return embedded + failed;
}

const thousands = new Intl.NumberFormat("en-US");

/** Rows a second with two or three digits. */
function formatRate(rate: number): string {
  return `${rate >= 10 || rate === 0 ? thousands.format(Math.round(rate)) : rate.toFixed(1)}/s`;
}

/** Rows in all; those that are not counted yet by the share that has been read. */
function totalOf(extent: Extent, rows: number): number | undefined {
  if (extent.count !== undefined) return extent.count;
  const share = extent.readShare?.() ?? 0;
  return share > 0 && rows > 0 ? Math.round(rows / share) : undefined;
}

/** `12,000 of 100,000 rows (12%), 850/s, 3 failed, 1m43s left`. */
function describe(counts: RowCounts, extent: Extent, rate: number, what: string): string {
  const rows = sum(counts);
  const total = totalOf(extent, rows);
  const of = extent.count === undefined ? "of about" : "of";
  const parts = [
    total === undefined
      ? `${thousands.format(rows)} ${what}`
      : `${thousands.format(rows)} ${of} ${thousands.format(total)} ${what} (${
        percent(rows, total)
      }%)`,
    formatRate(rate),
  ];
  if (counts.failed > 0) parts.push(`${thousands.format(counts.failed)} failed`);
  if (total !== undefined && rate > 0 && rows < total) {
    parts.push(`${formatDuration((total - rows) / rate)} left`);
  }
  return parts.join(", ");
}

function percent(rows: number, total: number): number {
  return total === 0 ? 100 : Math.floor(100 * Math.min(rows, total) / total);
}

/** For logs and pipes: a line every ten seconds. */
export function lineProgress(
  write: (line: string) => void,
  clock: ProgressClock = progressClock,
): ProgressReporter {
  return {
    begin(first, extent, what = USUAL_WHAT) {
      const rate = new Rate();
      rate.see(clock.now(), sum(first));
      let counts = first;
      if (sum(first) > 0) write(`going on after ${thousands.format(sum(first))} rows`);
      const cancel = clock.every(
        LINE_EVERY_MS,
        () => write(describe(counts, extent, rate.see(clock.now(), sum(counts)), what)),
      );
      return {
        update: (now) => counts = now,
        end: cancel,
      };
    },
  };
}

/** The figures and the brackets; the bar takes what is left of the line. */
const FIGURES_WIDTH = 72;

/** A bar on one line: percent, rows, rate, failures, time left; only figures if there is no total. */
export function barProgress(
  stream: TerminalStream,
  options: { color: boolean },
  clock: ProgressClock = progressClock,
): ProgressReporter {
  return {
    begin(first, extent, what = USUAL_WHAT) {
      const rate = new Rate();
      let counts = first;
      const payload = () => ({
        figures: describe(counts, extent, rate.see(clock.now(), sum(counts)), what),
      });
      const bar = terminalBar(stream, {
        format: extent.count === undefined && extent.readShare?.() === undefined
          ? "{figures}"
          : `${barPlace(options)} {figures}`,
        beside: FIGURES_WIDTH,
      });
      const total = () => totalOf(extent, sum(counts)) ?? 0;
      bar.start(total(), sum(first), payload());
      const draw = () => {
        bar.setTotal(total());
        bar.update(sum(counts), payload());
      };
      const cancel = clock.every(BAR_EVERY_MS, draw);
      return {
        update: (now) => counts = now,
        end() {
          cancel();
          draw();
          bar.stop();
        },
      };
    },
  };
}
