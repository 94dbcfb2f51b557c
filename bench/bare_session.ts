/** Nothing but ONNX Runtime on converted graphs: what the server is measured against. */
import "../src/runtime/telemetry_off.ts";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import type { Caption } from "./inputs.ts";

const CONTEXT = 77;

/** Both towers. */
export class BareSession {
  readonly #textual: ort.InferenceSession;
  readonly #visual: ort.InferenceSession;
  readonly #imageSize: number;

  private constructor(
    textual: ort.InferenceSession,
    visual: ort.InferenceSession,
    imageSize: number,
  ) {
    this.#textual = textual;
    this.#visual = visual;
    this.#imageSize = imageSize;
  }

  /** Opens `textual.onnx` and `visual.onnx`, with ONNX Runtime's own defaults. */
  static async open(directory: string, imageSize: number): Promise<BareSession> {
    const open = (name: string) => ort.InferenceSession.create(join(directory, name));
    return new BareSession(await open("textual.onnx"), await open("visual.onnx"), imageSize);
  }

  /** All captions in their order, each batch as long as its longest, or at all 77 tokens. */
  async texts(captions: readonly Caption[], batch: number, cut: boolean): Promise<void> {
    for (let from = 0; from < captions.length; from += batch) {
      const rows = captions.slice(from, from + batch);
      const length = cut ? Math.max(...rows.map((row) => row.length)) : CONTEXT;
      const ids = new Int32Array(rows.length * length);
      rows.forEach((row, i) => ids.set(row.ids.slice(0, length), i * length));
      await this.#textual.run({ input_ids: new ort.Tensor("int32", ids, [rows.length, length]) });
    }
  }

  /** So many images whose pixels are there already. */
  async images(count: number, batch: number): Promise<void> {
    const size = this.#imageSize;
    for (let from = 0; from < count; from += batch) {
      const rows = Math.min(batch, count - from);
      const pixels = Uint8Array.from({ length: rows * 3 * size * size }, (_, i) => (i * 79) & 255);
      const input = new ort.Tensor("uint8", pixels, [rows, 3, size, size]);
      await this.#visual.run({ pixel_values: input });
    }
  }
}
