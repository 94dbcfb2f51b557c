/** Showing a download: a bar on a terminal, plain lines elsewhere. */
import type { Clock } from "./clock.ts";
import { formatBytes, formatDuration } from "./sizes.ts";
import { barPlace, terminalBar, type TerminalStream } from "./terminal_bar.ts";

/** One transfer being shown. */
export interface Transfer {
  /** Bytes there are, and bytes there will be where that is known. */
  update(done: number, total: number | undefined): void;
  /** A sentence between the figures: a retry, a wait. */
  note(line: string): void;
  /** The transfer ended; `ok` says how. */
  end(ok: boolean): void;
}

/** What is done with the bytes, in words. */
export interface TransferWords {
  /** As `downloading`. */
  doing: string;
  /** As `downloaded`. */
  done: string;
}

const DOWNLOAD: TransferWords = { doing: "downloading", done: "downloaded" };

/** Shows transfers. */
export interface ProgressReporter {
  /** A transfer begins; `done` bytes are there from an earlier try. `words` if it is no download. */
  begin(name: string, done: number, total: number | undefined, words?: TransferWords): Transfer;
}

/** Shows nothing. */
export const silentProgress: ProgressReporter = {
  begin: () => ({ update() {}, note() {}, end() {} }),
};

/** How fast and how long, from what has come so far in this transfer. */
export class Pace {
  readonly #clock: Clock;
  readonly #start: number;
  readonly #first: number;

  /** @param first Bytes that were there before: they took no time. */
  constructor(clock: Clock, first: number) {
    this.#clock = clock;
    this.#start = clock.now();
    this.#first = first;
  }

  /** Bytes a second; 0 while nothing can be said. */
  speed(done: number): number {
    const seconds = (this.#clock.now() - this.#start) / 1000;
    return seconds > 0 ? Math.max(0, done - this.#first) / seconds : 0;
  }

  /** `12.3 MB of 353 MB (3%), 4.10 MB/s, 1m23s left`. */
  describe(done: number, total: number | undefined): string {
    const speed = this.speed(done);
    const parts = [
      total === undefined
        ? formatBytes(done)
        : `${formatBytes(done)} of ${formatBytes(total)} (${percent(done, total)}%)`,
      `${formatBytes(speed)}/s`,
    ];
    if (total !== undefined && speed > 0) {
      parts.push(`${formatDuration((total - done) / speed)} left`);
    }
    return parts.join(", ");
  }
}

function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.floor(100 * Math.min(done, total) / total);
}

/** What ends before is one line, its last. */
const FIRST_LINE_MS = 1_000;
/** Seldom enough for a log, often enough to see that it moves. */
const LEAST_MS = 3_000;
const LINE_EVERY_MS = 10_000;
const LINE_EVERY_PERCENT = 10;

/**
 * For logs and pipes: one line every ten seconds, or every ten percent if that is not oftener than
 * every three seconds, and one at the end.
 */
export function lineProgress(write: (line: string) => void, clock: Clock): ProgressReporter {
  return {
    begin(name, first, total, words = DOWNLOAD) {
      const pace = new Pace(clock, first);
      let lastTime = clock.now();
      let lastStep = total === undefined ? 0 : Math.floor(percent(first, total) / 10);
      let latest = first;
      let size = total;
      let begun = false;
      const begin = () => {
        if (begun) return;
        begun = true;
        lastTime = clock.now();
        write(
          first === 0
            ? `${name}: ${words.doing}${size === undefined ? "" : ` ${formatBytes(size)}`}`
            : `${name}: continuing at ${formatBytes(first)}`,
        );
      };
      const cancel = clock.after(FIRST_LINE_MS, begin);
      return {
        update(done, newTotal) {
          latest = done;
          size = newTotal;
          const since = clock.now() - lastTime;
          if (!begun) return since < FIRST_LINE_MS ? undefined : begin();
          const step = newTotal === undefined
            ? 0
            : Math.floor(percent(done, newTotal) / LINE_EVERY_PERCENT);
          if (since < (step > lastStep ? LEAST_MS : LINE_EVERY_MS)) return;
          lastTime = clock.now();
          lastStep = Math.max(step, lastStep);
          write(`${name}: ${pace.describe(done, newTotal)}`);
        },
        note: (line) => write(`${name}: ${line}`),
        end(ok) {
          cancel();
          if (ok) write(`${name}: ${formatBytes(latest)} ${words.done}`);
        },
      };
    },
  };
}

/** The name, the figures and the brackets; the bar takes what is left of the line. */
const FIGURES_WIDTH = 58;
const NAME_WIDTH = 20;

/** A bar on one line: name, bar, percent, bytes, speed, time left. */
export function barProgress(
  stream: TerminalStream,
  clock: Clock,
  options: { color: boolean },
): ProgressReporter {
  return {
    begin(name, first, total, words = DOWNLOAD) {
      const pace = new Pace(clock, first);
      const bar = terminalBar(stream, {
        format: `{name} ${barPlace(options)} {figures}`,
        beside: FIGURES_WIDTH + 2,
      });
      const title = words === DOWNLOAD ? name : `${words.doing.split(" ", 1)[0]} ${name}`;
      const shortName = title.length > NAME_WIDTH ? `${title.slice(0, NAME_WIDTH - 1)}…` : title;
      const payload = (done: number, size: number | undefined) => ({
        name: shortName,
        figures: figures(pace, done, size),
      });
      let latest = first;
      let size = total;
      bar.start(total ?? 0, first, payload(first, total));
      return {
        update(done, newTotal) {
          latest = done;
          if (newTotal !== undefined && newTotal !== size) bar.setTotal(size = newTotal);
          bar.update(done, payload(done, newTotal));
        },
        note(line) {
          // Goes above the bar, which is drawn anew below it.
          stream.write(`\r\x1b[K${name}: ${line}\n`);
          bar.update(latest, payload(latest, size));
        },
        end() {
          bar.update(latest, payload(latest, size));
          bar.stop();
        },
      };
    },
  };
}

/** `47%  166 MB/353 MB  4.10 MB/s  1m23s`. */
function figures(pace: Pace, done: number, total: number | undefined): string {
  const speed = pace.speed(done);
  const rate = `${formatBytes(speed)}/s`;
  if (total === undefined) return `${formatBytes(done)}  ${rate}`;
  const left = speed > 0 ? formatDuration((total - done) / speed) : "";
  return `${percent(done, total)}%  ${formatBytes(done)}/${formatBytes(total)}  ${rate}  ${left}`
    .trimEnd();
}
