/**
 * OpenJPEG (BSD-2-Clause) as WebAssembly, by the package `@cornerstonejs/codec-openjpeg` (MIT): the
 * library that Pillow decodes with. Loaded when the first JPEG 2000 picture comes.
 */

/** Pictures of more pixels leave an instance with a large memory, which it cannot give back. */
const KEPT_PIXELS = 4_000_000;

interface Decoder {
  /** Room for so many bytes of a file, in the codec's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  /** Throws a number where the file is broken. */
  decode(): void;
  getFrameInfo(): { width: number; height: number; componentCount: number };
  /** Interleaved samples, in the codec's memory. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

interface Codec {
  J2KDecoder: new () => Decoder;
}

type Factory = (options: Record<string, unknown>) => Promise<Codec>;

const PACKAGE = "@cornerstonejs/codec-openjpeg";
let codec: Promise<Codec> | undefined;

async function load(): Promise<Codec> {
  const { default: make } = await import("@cornerstonejs/codec-openjpeg/decodewasmjs") as {
    default: Factory;
  };
  const wasmBinary = await Deno.readFile(new URL(import.meta.resolve(`${PACKAGE}/decodewasm`)));
  const silent = () => {};
  return await make({ wasmBinary, print: silent, printErr: silent });
}

/**
 * Decodes a file of 8-bit samples: one of the picture's size for each component, interleaved.
 *
 * @returns undefined where it is broken
 */
export async function decodeWithOpenJpeg(
  bytes: Uint8Array,
  { width, height, components }: { width: number; height: number; components: number },
): Promise<Uint8Array | undefined> {
  const { J2KDecoder } = await (codec ??= load());
  let decoder: Decoder | undefined;
  let broken = true;
  try {
    decoder = new J2KDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    const data = decoder.getDecodedBuffer();
    broken = info.width !== width || info.height !== height ||
      info.componentCount !== components || data.length !== width * height * components;
    return broken ? undefined : new Uint8Array(data);
  } catch {
    return undefined;
  } finally {
    // After a fault nobody knows what its memory holds.
    if (broken || width * height > KEPT_PIXELS) codec = undefined;
    else decoder?.delete();
  }
}
