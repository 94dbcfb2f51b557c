/** Which ways through `src/` an input took, from V8's precise coverage. */
import { Session } from "node:inspector";

interface Report {
  result: {
    url: string;
    functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

const SOURCE = new URL("../../src/", import.meta.url).href;

/** Counting; start it before the code that is looked at is loaded. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  /** Begins to count. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#post("Profiler.enable");
    await this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many ways are known. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a way was taken since the last call that never was before. */
  async foundNew(): Promise<boolean> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as Report;
    const before = this.#seen.size;
    for (const { url, functions } of result) {
      if (!url.startsWith(SOURCE)) continue;
      for (const { ranges } of functions) {
        if (ranges[0]!.count === 0) continue;
        const taken = ranges.map(({ startOffset, endOffset, count }) =>
          `${startOffset}-${endOffset}${count > 0 ? "+" : ""}`
        );
        this.#seen.add(`${url} ${taken.join()}`);
      }
    }
    return this.#seen.size > before;
  }

  /** Ends it. */
  stop(): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
}
