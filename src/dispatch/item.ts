/** What the gateways hand to the engine, and what comes back. */
import type { ClipError } from "../errors.ts";

/** Decoded pixels as a client sent them: uint8, row-major, interleaved `[height, width, channels]`. */
export interface RawPixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 3 | 4;
}

/** One thing to embed. */
export type EncodeItem =
  | { modality: "text"; text: string }
  /** An encoded image file (JPEG, PNG, …). */
  | { modality: "image"; bytes: Uint8Array }
  | { modality: "image"; pixels: RawPixels };

/** The modality of an item: which tower embeds it. */
export type Modality = EncodeItem["modality"];

/** The outcome for one item: its embedding (float32 `[D]`, not normalised), or why there is none. */
export type EncodeResult = Float32Array | ClipError;
