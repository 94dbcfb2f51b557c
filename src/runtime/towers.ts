/** The two towers of a CLIP model as opened graphs: from prepared slots to embeddings. */
import { ClipError } from "../errors.ts";
import type { TextInterface, VisionInterface } from "./graph_interface.ts";
import type { Feed, Session } from "./session.ts";

/** Embeddings of a minibatch: float32 `[N, D]`, row-major, not normalised. */
export interface Embeddings {
  data: Float32Array;
  dim: number;
}

/** A store of prepared inputs: `capacity` slots of `stride` elements each, shared by all threads. */
export interface SlotView<T> {
  data: T;
  stride: number;
}

/** The text tower. Its input buffers are kept between runs. */
export class TextTower {
  readonly #session: Session;
  readonly #face: TextInterface;
  #ids = new Int32Array(0);

  constructor(session: Session, face: TextInterface) {
    this.#session = session;
    this.#face = face;
  }

  /**
   * Embeds the token ids of some slots.
   * @param store int32 ids, zero padded.
   * @param slots the slots of the minibatch, in order.
   * @param lengths of each slot, the positions that matter: up to its first end-of-text, inclusive.
   * @param gathered called once the slots have been read and may be used again.
   */
  async embed(
    store: SlotView<Int32Array>,
    slots: readonly number[],
    lengths: readonly number[],
    gathered: () => void = () => {},
  ): Promise<Embeddings> {
    const count = slots.length;
    const length = this.#face.fixedLength ?? Math.max(...lengths);
    const used = Math.min(length, store.stride);
    if (this.#ids.length < count * length) this.#ids = new Int32Array(count * length);
    const ids = this.#ids.subarray(0, count * length);
    if (used < length) ids.fill(0);
    for (let row = 0; row < count; row++) {
      const start = slots[row]! * store.stride;
      ids.set(store.data.subarray(start, start + used), row * length);
    }
    gathered();
    const feeds: Record<string, Feed> = {
      [this.#face.ids.name]: integers(this.#face.ids.type, ids, [count, length]),
    };
    if (this.#face.mask) {
      const mask = new Int32Array(count * length);
      for (let row = 0; row < count; row++) {
        mask.fill(1, row * length, row * length + Math.min(lengths[row]!, length));
      }
      feeds[this.#face.mask.name] = integers(this.#face.mask.type, mask, [count, length]);
    }
    return embeddings(await this.#session.run(feeds, this.#face.output), count, this.#face);
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }
}

/** The vision tower. Its input buffer is kept between runs. */
export class VisionTower {
  readonly #session: Session;
  readonly #face: VisionInterface;
  readonly #imageSize: number;
  #pixels: Float32Array | Uint8Array = new Uint8Array(0);

  constructor(session: Session, face: VisionInterface, imageSize: number) {
    this.#session = session;
    this.#face = face;
    this.#imageSize = imageSize;
  }

  /**
   * Embeds the pixels of some slots.
   * @param store planar `[3, R, R]` per slot, of the type that the graph takes.
   * @param gathered called once the slots have been read and may be used again.
   */
  async embed(
    store: SlotView<Float32Array | Uint8Array>,
    slots: readonly number[],
    gathered: () => void = () => {},
  ): Promise<Embeddings> {
    const { type, name } = this.#face.pixels;
    const size = slots.length * store.stride;
    if (this.#pixels.length < size) {
      this.#pixels = type === "uint8" ? new Uint8Array(size) : new Float32Array(size);
    }
    const pixels = this.#pixels.subarray(0, size);
    // ONNX Runtime refuses memory shared between threads: this is the one copy that costs.
    for (let row = 0; row < slots.length; row++) {
      const start = slots[row]! * store.stride;
      pixels.set(store.data.subarray(start, start + store.stride), row * store.stride);
    }
    gathered();
    const dims = [slots.length, 3, this.#imageSize, this.#imageSize];
    const feed = { type, data: pixels, dims } as Feed;
    const result = await this.#session.run({ [name]: feed }, this.#face.output);
    return embeddings(result, slots.length, this.#face);
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }
}

function integers(type: "int32" | "int64", ids: Int32Array, dims: readonly number[]): Feed {
  if (type === "int32") return { type, data: ids, dims };
  // Token ids are not negative: the upper half of each little-endian int64 stays zero.
  const wide = new Int32Array(ids.length * 2);
  for (let i = 0; i < ids.length; i++) wide[2 * i] = ids[i]!;
  return { type, data: new BigInt64Array(wide.buffer), dims };
}

function embeddings(
  result: { data: Float32Array; dims: readonly number[] },
  count: number,
  face: { output: string },
): Embeddings {
  const [rows, dim] = result.dims;
  if (result.dims.length !== 2 || rows !== count || !dim) {
    throw new ClipError(
      "model",
      `The graph's output '${face.output}' has shape [${
        result.dims.join(", ")
      }] for a batch of ${count}: wanted [${count}, width]`,
    );
  }
  return { data: result.data, dim };
}
