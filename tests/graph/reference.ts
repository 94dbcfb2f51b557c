/** What the original implementation computed for the fixture checkpoints. */
import { gunzipSync } from "node:zlib";

const ROOT = new URL("../fixtures/checkpoints/", import.meta.url);

/** Inputs and outputs of one model. */
export interface Reference {
  ids: Int32Array;
  textCount: number;
  textEmbeds: Float32Array;
  pixels: Float32Array;
  imageCount: number;
  imageEmbeds: Float32Array;
}

/** Reads the reference of `model`. */
export function readReference(model: string): Reference {
  const read = (name: string) => readNpy(new URL(`${model}/reference/${name}.npy`, ROOT));
  const [tokens, texts, pixels, images] = [
    read("tokens"),
    read("text_embeds"),
    read("pixels"),
    read("image_embeds"),
  ];
  return {
    ids: new Int32Array(tokens.bytes),
    textCount: tokens.shape[0]!,
    textEmbeds: new Float32Array(texts.bytes),
    pixels: new Float32Array(pixels.bytes),
    imageCount: pixels.shape[0]!,
    imageEmbeds: new Float32Array(images.bytes),
  };
}

/** Path of a fixture checkpoint. */
export function checkpointPath(path: string): string {
  return new URL(path, ROOT).pathname;
}

/** A NumPy file, gzipped or not: its shape and its data. */
export function readNpy(url: URL): { shape: number[]; bytes: ArrayBuffer } {
  let file: Uint8Array;
  try {
    file = Deno.readFileSync(url);
  } catch {
    file = new Uint8Array(gunzipSync(Deno.readFileSync(new URL(`${url}.gz`))));
  }
  const headerEnd = 10 + new DataView(file.buffer, file.byteOffset).getUint16(8, true);
  const header = new TextDecoder().decode(file.subarray(10, headerEnd));
  const shape = /'shape': \(([^)]*)\)/.exec(header)![1]!.split(",").filter((part) => part.trim());
  return { shape: shape.map(Number), bytes: file.slice(headerEnd).buffer as ArrayBuffer };
}
