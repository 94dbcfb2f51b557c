/**
 * How texts and images share the replicas: by compute time, so that a backlog of images, each of
 * which costs what several texts cost, does not hold texts up for longer than it must.
 */
import type { Modality } from "../model/item.ts";

/** While texts come too, a minibatch of images shall not take longer than about this. */
const MIXED_RUN_MS = 200;

/** Texts are taken to keep coming for this long after the last. */
const MIXED_WINDOW_MS = 2_000;

/** Keeps the accounts of both modalities. */
export class ModalityShare {
  readonly #served: Record<Modality, number> = { text: 0, image: 0 };
  #imageMs = 0;
  #lastText = -Infinity;
  readonly #now: () => number;

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** An item of a modality arrived. */
  arrived(modality: Modality): void {
    if (modality === "text") this.#lastText = this.#now();
  }

  /** A minibatch was computed. */
  served(modality: Modality, items: number, ms: number): void {
    this.#served[modality] += ms;
    // Whoever had nothing to do for a while has no claim on that time.
    const other = modality === "text" ? "image" : "text";
    this.#served[other] = Math.max(this.#served[other], this.#served[modality] - MIXED_RUN_MS);
    if (modality === "image") {
      const each = ms / items;
      this.#imageMs = this.#imageMs === 0 ? each : 0.8 * this.#imageMs + 0.2 * each;
    }
  }

  /** The modalities, the one that was served less first. */
  order(): readonly [Modality, Modality] {
    return this.#served.text <= this.#served.image ? ["text", "image"] : ["image", "text"];
  }

  /** Most images of a minibatch now. */
  imageCap(): number {
    if (this.#imageMs === 0 || this.#now() - this.#lastText > MIXED_WINDOW_MS) return Infinity;
    return Math.max(1, Math.floor(MIXED_RUN_MS / this.#imageMs));
  }
}
