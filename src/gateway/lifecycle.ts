/** Where the server is in its life: health endpoints and gateways ask, the command line tells. */

/** The stages of a server's life. */
export type Stage = "starting" | "serving" | "draining";

/** Holds the stage and tells those who listen of its change. */
export class Lifecycle {
  #stage: Stage = "starting";
  readonly #listeners = new Set<(stage: Stage) => void>();

  /** The stage now. */
  get stage(): Stage {
    return this.#stage;
  }

  /** Goes on to a stage. */
  enter(stage: Stage): void {
    this.#stage = stage;
    for (const listener of this.#listeners) listener(stage);
  }

  /** Hears of each change; the returned function ends that. */
  listen(listener: (stage: Stage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
