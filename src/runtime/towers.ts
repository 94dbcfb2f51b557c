/** The two towers of a CLIP model as opened graphs: from prepared slots to embeddings. */
import { ClipError } from "../errors.ts";
import type { TextInterface, VisionInterface } from "./graph_interface.ts";
import type { Feed, Session } from "./session.ts";
import type { ShapePolicy } from "./shape_policy.ts";

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
  readonly #shapes: ShapePolicy;
  readonly #padId: number;
  #ids = new Int32Array(0);

  /** @param padId what is behind the end of a text, and in rows that are no text. */
  constructor(session: Session, face: TextInterface, shapes: ShapePolicy, padId: number) {
    this.#session = session;
    this.#face = face;
    this.#shapes = shapes;
    this.#padId = padId;
  }

  /**
   * Embeds the token ids of some slots.
   * @param store int32 ids, filled up with padding.
   * @param slots the slots of the minibatch, in order.
   * @param lengths of each slot, the positions that matter: up to its first end-of-text, inclusive,
   * or up to its padding.
   * @param gathered called once the slots have been read and may be used again.
   */
  async embed(
    store: SlotView<Int32Array>,
    slots: readonly number[],
    lengths: readonly number[],
    gathered: () => void = () => {},
  ): Promise<Embeddings> {
    const count = slots.length;
    const rows = this.#shapes.batch(count);
    const length = this.#face.fixedLength ??
      this.#shapes.length(Math.max(...lengths), store.stride);
    const used = Math.min(length, store.stride);
    if (this.#ids.length < rows * length) this.#ids = new Int32Array(rows * length);
    const ids = this.#ids.subarray(0, rows * length);
    if (used < length) ids.fill(this.#padId);
    else ids.fill(this.#padId, count * length);
    for (let row = 0; row < count; row++) {
      const start = slots[row]! * store.stride;
      ids.set(store.data.subarray(start, start + used), row * length);
    }
    gathered();
    const feeds: Record<string, Feed> = {
      [this.#face.ids.name]: integers(this.#face.ids.type, ids, [rows, length]),
    };
    if (this.#face.mask) {
      const mask = new Int32Array(rows * length);
      // A row without any position would be a softmax over nothing.
      for (let row = count; row < rows; row++) mask[row * length] = 1;
      for (let row = 0; row < count; row++) {
        mask.fill(1, row * length, row * length + Math.min(lengths[row]!, length));
      }
      feeds[this.#face.mask.name] = integers(this.#face.mask.type, mask, [rows, length]);
    }
    const result = await this.#session.run(feeds, this.#face.output);
    return embeddings(result, rows, count, this.#face);
  }

  /** Ends the session's profile. */
  endProfile(): Promise<void> {
    return this.#session.endProfile();
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
  readonly #shapes: ShapePolicy;
  #pixels: Float32Array | Uint8Array = new Uint8Array(0);

  constructor(session: Session, face: VisionInterface, imageSize: number, shapes: ShapePolicy) {
    this.#session = session;
    this.#face = face;
    this.#imageSize = imageSize;
    this.#shapes = shapes;
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
    const rows = this.#shapes.batch(slots.length);
    const size = rows * store.stride;
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
    pixels.fill(0, slots.length * store.stride);
    const dims = [rows, 3, this.#imageSize, this.#imageSize];
    const feed = { type, data: pixels, dims } as Feed;
    const result = await this.#session.run({ [name]: feed }, this.#face.output);
    return embeddings(result, rows, slots.length, this.#face);
  }

  /** Ends the session's profile. */
  endProfile(): Promise<void> {
    return this.#session.endProfile();
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

/** Of the `rows` that were run, those of the `count` items. */
function embeddings(
  result: { data: Float32Array; dims: readonly number[] },
  rows: number,
  count: number,
  face: { output: string },
): Embeddings {
  const [found, dim] = result.dims;
  if (result.dims.length !== 2 || found !== rows || !dim) {
    throw new ClipError(
      "model",
      `The graph's output '${face.output}' has shape [${
        result.dims.join(", ")
      }] for a batch of ${rows}: wanted [${rows}, width]`,
    );
  }
  return { data: result.data.subarray(0, count * dim), dim };
}
