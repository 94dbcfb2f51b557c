/** A signal out of two. */

/** Fires with the first of its signals, and leaves nothing behind on them. */
export class EitherSignal {
  readonly #controller = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #fire = () =>
    this.#controller.abort(this.#signals.find(({ aborted }) => aborted)?.reason);

  constructor(...signals: AbortSignal[]) {
    this.#signals = signals;
    for (const each of signals) each.addEventListener("abort", this.#fire, { once: true });
    if (signals.some(({ aborted }) => aborted)) this.#fire();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** To be called when the work is done. */
  letGo(): void {
    for (const each of this.#signals) each.removeEventListener("abort", this.#fire);
  }
}
