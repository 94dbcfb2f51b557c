/**
 * Slots of prepared inputs in memory shared by the main thread (who owns them), the preprocessing
 * workers (who write them) and the replicas (who read them). A fixed number of slots is the bound
 * on prepared work.
 */

import type { ModelShape } from "../runtime/model.ts";
import type { Modality } from "../model/item.ts";

/** Slots of texts are cheap: a wide window finds texts of like length. */
const TEXT_WINDOW_BATCHES = 8;

/** Per replica: a minibatch being read, one prepared, and the share being prepared. */
const IMAGE_WINDOW_BATCHES = 2;

/** Bound on the memory of prepared images. */
const MAX_PIXEL_STORE_BYTES = 512 * 2 ** 20;

/** Hands out slot numbers, lowest first, so that memory never needed is never touched. */
export class SlotStore {
  readonly capacity: number;
  /** `capacity` × `slotBytes` bytes. */
  readonly memory: SharedArrayBuffer;
  readonly #free: number[] = [];
  #next = 0;

  constructor(capacity: number, slotBytes: number) {
    this.capacity = capacity;
    this.memory = new SharedArrayBuffer(capacity * slotBytes);
  }

  /** Slots not handed out. */
  get available(): number {
    return this.#free.length + this.capacity - this.#next;
  }

  /** A free slot, or undefined when all are taken. */
  take(): number | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return this.#next < this.capacity ? this.#next++ : undefined;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}

/** How many slots of each modality a model has. */
export function slotCounts(
  shape: Pick<ModelShape, "imageSize" | "pixelType">,
  minibatchSize: number,
  replicas: number,
): Record<Modality, number> {
  return {
    text: TEXT_WINDOW_BATCHES * minibatchSize * replicas,
    image: Math.min(
      IMAGE_WINDOW_BATCHES * minibatchSize * replicas,
      Math.max(4, Math.floor(MAX_PIXEL_STORE_BYTES / pixelBytes(shape))),
    ),
  };
}

/** The stores of a model: a fixed number of slots for each modality. */
export function slotStores(
  shape: ModelShape,
  minibatchSize: number,
  replicas: number,
): Record<Modality, SlotStore> {
  const { text, image } = slotCounts(shape, minibatchSize, replicas);
  return {
    text: new SlotStore(text, 4 * shape.contextLength),
    image: new SlotStore(image, pixelBytes(shape)),
  };
}

function pixelBytes({ imageSize, pixelType }: Pick<ModelShape, "imageSize" | "pixelType">): number {
  return 3 * imageSize ** 2 * (pixelType === "uint8" ? 1 : 4);
}
