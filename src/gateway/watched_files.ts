/** Files that are read again when they have changed. */

/** How often they are looked at. */
const POLL_MS = 10_000;

/** Looks at files from time to time. */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #changed: () => void;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #seen: string;

  /**
   * Looks at them as they are now, so that what changes while they are read is a change.
   * @param changed called when one of them is another; may not throw.
   */
  constructor(files: readonly string[], changed: () => void, pollMs = POLL_MS) {
    this.#files = files;
    this.#changed = changed;
    this.#seen = this.#stamp();
    if (files.length === 0) return;
    this.#timer = setInterval(() => this.check(), pollMs);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Looks now. */
  check(): void {
    const now = this.#stamp();
    if (now === this.#seen) return;
    this.#seen = now;
    this.#changed();
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
  }

  #stamp(): string {
    return this.#files.map(stampOf).join(" ");
  }
}

/** Changes when a file is another one, also behind a link that was moved. */
function stampOf(file: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(file);
    return `${mtime?.getTime()}:${size}:${ino}`;
  } catch {
    return "missing";
  }
}
