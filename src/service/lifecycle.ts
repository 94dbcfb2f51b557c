/** Where the server is in its life: health endpoints and gateways ask, the command line tells. */
import { ClipError } from "../errors.ts";

/**
 * The stages of a server's life. One that is leaving serves as before, and is not ready: whoever
 * chooses among servers is to hear of it before anything is refused.
 */
export type Stage = "starting" | "serving" | "leaving" | "draining";

/** Holds the stage and tells those who listen of its change. */
export class Lifecycle {
  #stage: Stage = "starting";
  readonly #draining = new AbortController();
  readonly #listeners = new Set<(stage: Stage) => void>();

  /** The stage now. */
  get stage(): Stage {
    return this.#stage;
  }

  /** Whether new work is taken. */
  get takesWork(): boolean {
    return this.#stage === "serving" || this.#stage === "leaving";
  }

  /** Whether clients are to go elsewhere. */
  get ending(): boolean {
    return this.#stage === "leaving" || this.#stage === "draining";
  }

  /** Fires when draining begins: streams end as soon as nothing of theirs is in work. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Goes on to a stage. */
  enter(stage: Stage): void {
    this.#stage = stage;
    if (stage === "draining") this.#draining.abort();
    for (const listener of this.#listeners) listener(stage);
  }

  /** Hears of each change; the returned function ends that. */
  listen(listener: (stage: Stage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What to tell those who ask whether they should come; undefined if they should. */
export function notReady(stage: Stage, replicas: boolean): ClipError | undefined {
  if (stage !== "serving") return new ClipError("unavailable", `The server is ${stage}`);
  return replicas ? undefined : new ClipError("unavailable", "No replica is ready");
}
