/** Shows a conversion's phases, one after the other. */
import type { ConversionPhase } from "../graph/conversion_cache.ts";
import type { ProgressReporter, Transfer, TransferWords } from "./store/progress.ts";

const WORDS: Record<Exclude<ConversionPhase, "waiting">, TransferWords> = {
  hashing: { doing: "hashing the weights,", done: "hashed" },
  converting: { doing: "converting to ONNX graphs of", done: "of graphs written" },
};

/** What is shown of one model's conversion. Call `end` in any case. */
export class ConversionProgress {
  readonly #name: string;
  readonly #progress: ProgressReporter;
  readonly #log: (line: string) => void;
  #phase: ConversionPhase | undefined;
  #transfer: Transfer | undefined;

  /** @param log takes what has no figures to show: that another process is waited for. */
  constructor(name: string, progress: ProgressReporter, log: (line: string) => void) {
    this.#name = name;
    this.#progress = progress;
    this.#log = log;
  }

  /** As `onProgress` of `convertCached`. */
  show(phase: ConversionPhase, done: number, total: number): void {
    if (phase !== this.#phase) {
      this.end(true);
      this.#phase = phase;
      if (phase === "waiting") {
        this.#log("Waiting for another process that is converting the same model");
      } else {
        this.#transfer = this.#progress.begin(this.#name, 0, total, WORDS[phase]);
      }
    }
    this.#transfer?.update(done, total);
    if (total > 0 && done >= total) this.end(true);
  }

  /** It ended; `ok` says how. */
  end(ok: boolean): void {
    this.#transfer?.end(ok);
    this.#transfer = undefined;
  }
}
