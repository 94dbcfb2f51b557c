/** The few pickle instructions that PyTorch's archives are made of (protocol 2). */

const ENCODER = new TextEncoder();

/** A tensor's place in the archive: storage key, element count and row-major shape. */
export interface PickledTensor {
  readonly key: string;
  readonly storageClass: "HalfStorage" | "FloatStorage" | "LongStorage";
  readonly elements: number;
  readonly shape: readonly number[];
}

/** Writes one pickle; strings and globals are written once and recalled from the memo. */
export class PickleWriter {
  readonly #bytes: number[] = [0x80, 2];
  readonly #memo = new Map<string, number>();

  /** Ends the pickle. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#bytes.push(0x2e);
    return new Uint8Array(this.#bytes);
  }

  /** Starts an object of a TorchScript class; attributes (key, value)… follow. */
  beginObject(module: string, name: string): void {
    this.#global(module, name);
    this.#bytes.push(0x29, 0x81, 0x7d, 0x28);
  }

  endObject(): void {
    this.#bytes.push(0x75, 0x62);
  }

  /** Starts a dict; (key, value)… follow. */
  beginDict(): void {
    this.#bytes.push(0x7d, 0x28);
  }

  endDict(): void {
    this.#bytes.push(0x75);
  }

  text(value: string): void {
    this.#once(`text ${value}`, () => {
      const bytes = ENCODER.encode(value);
      this.#bytes.push(0x58, ...littleEndian(bytes.length), ...bytes);
    });
  }

  false(): void {
    this.#bytes.push(0x89);
  }

  none(): void {
    this.#bytes.push(0x4e);
  }

  tensor({ key, storageClass, elements, shape }: PickledTensor): void {
    const strides: number[] = [];
    shape.reduceRight((step, size) => (strides.unshift(step), step * size), 1);
    this.#global("torch._utils", "_rebuild_tensor_v2");
    this.#bytes.push(0x28, 0x28);
    this.text("storage");
    this.#global("torch", storageClass);
    this.text(key);
    this.text("cuda:0");
    this.#integer(elements);
    this.#bytes.push(0x74, 0x51);
    this.#integer(0);
    for (const list of [shape, strides]) {
      this.#bytes.push(0x28);
      list.forEach((size) => this.#integer(size));
      this.#bytes.push(0x74);
    }
    this.false();
    this.#global("collections", "OrderedDict");
    this.#bytes.push(0x29, 0x52, 0x74, 0x52);
  }

  #integer(value: number): void {
    if (value < 256) this.#bytes.push(0x4b, value);
    else if (value < 65536) this.#bytes.push(0x4d, value & 255, value >> 8);
    else this.#bytes.push(0x4a, ...littleEndian(value));
  }

  #global(module: string, name: string): void {
    this.#once(`global ${module} ${name}`, () => {
      this.#bytes.push(0x63, ...ENCODER.encode(`${module}\n${name}\n`));
    });
  }

  #once(what: string, write: () => void): void {
    const known = this.#memo.get(what);
    if (known !== undefined) {
      if (known < 256) this.#bytes.push(0x68, known);
      else this.#bytes.push(0x6a, ...littleEndian(known));
      return;
    }
    write();
    const index = this.#memo.size;
    this.#memo.set(what, index);
    if (index < 256) this.#bytes.push(0x71, index);
    else this.#bytes.push(0x72, ...littleEndian(index));
  }
}

function littleEndian(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
}
