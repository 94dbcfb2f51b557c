/** Embeddings of many items as one matrix. */
import type { ClipClientError } from "./errors.ts";

/** Rows of float32, one for each item, in one piece of memory. */
export class EmbeddingMatrix {
  /** All rows, one after the other: `[rows, dimensions]`. */
  readonly data: Float32Array;
  readonly rows: number;
  /** Numbers in a row; 0 where there is none. */
  readonly dimensions: number;
  /** Items that have no embedding, by their index: their rows are `NaN`. */
  readonly errors: ReadonlyMap<number, ClipClientError>;

  /** @throws {RangeError} the data does not fit. */
  constructor(
    data: Float32Array,
    rows: number,
    dimensions: number,
    errors: ReadonlyMap<number, ClipClientError> = new Map(),
  ) {
    if (data.length !== rows * dimensions) {
      throw new RangeError(`${data.length} numbers are no ${rows} rows of ${dimensions}`);
    }
    this.data = data;
    this.rows = rows;
    this.dimensions = dimensions;
    this.errors = errors;
  }

  /** Row `i`: a view, not a copy. @throws {RangeError} there is no such row. */
  row(i: number): Float32Array {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows) {
      throw new RangeError(`There is no row ${i}: there are ${this.rows}`);
    }
    return this.data.subarray(i * this.dimensions, (i + 1) * this.dimensions);
  }

  /** The rows one after the other, as views. */
  *[Symbol.iterator](): Generator<Float32Array, void, void> {
    for (let i = 0; i < this.rows; i++) yield this.row(i);
  }
}

/** Puts rows into a matrix as they come, in any order. */
export class MatrixBuilder {
  #data = new Float32Array(0);
  /** The same memory, as bytes. */
  #bytes = new Uint8Array(0);
  #dimensions = 0;
  #rows = 0;
  readonly #expected: number;
  readonly #errors = new Map<number, ClipClientError>();
  /** Rows that failed before the first one came. */
  readonly #blank: number[] = [];

  /** @param expected how many rows will come, if it is known. */
  constructor(expected: number | undefined) {
    this.#expected = expected ?? 0;
  }

  /**
   * Sets a row.
   * @param bytes float32 in the machine's order, wherever they lie: they are copied.
   * @throws {RangeError} it is not as long as the others.
   */
  set(index: number, bytes: Uint8Array): void {
    const length = bytes.length >>> 2;
    if (this.#dimensions === 0) {
      this.#dimensions = length;
      this.#grow(this.#expected * length);
    } else if (length !== this.#dimensions) {
      throw new RangeError(
        `An embedding has ${length} numbers where others have ${this.#dimensions}: ` +
          "name one model by parameters.model_name",
      );
    }
    this.#reach(index);
    this.#bytes.set(bytes, index * length * 4);
  }

  /** Says that a row has none. */
  fail(index: number, error: ClipClientError): void {
    this.#errors.set(index, error);
    this.#blank.push(index);
    this.#rows = Math.max(this.#rows, index + 1);
  }

  /** The matrix. */
  finish(): EmbeddingMatrix {
    const width = this.#dimensions;
    if (this.#rows > 0) this.#reach(this.#rows - 1);
    for (const index of this.#blank) {
      this.#data.fill(NaN, index * width, (index + 1) * width);
    }
    const length = this.#rows * width;
    const whole = this.#data.length === length ? this.#data : this.#data.slice(0, length);
    return new EmbeddingMatrix(whole, this.#rows, width, this.#errors);
  }

  /** Makes room for a row. */
  #reach(index: number): void {
    this.#rows = Math.max(this.#rows, index + 1);
    const needed = this.#rows * this.#dimensions;
    if (needed <= this.#data.length) return;
    this.#grow(Math.max(needed, this.#data.length * 2));
  }

  #grow(length: number): void {
    const grown = new Float32Array(length);
    grown.set(this.#data);
    this.#data = grown;
    this.#bytes = new Uint8Array(grown.buffer);
  }
}
