/** What the service hands to the engine, and what comes back. */
import type { ClipError } from "../errors.ts";
import type { RawPixels } from "./image/pixels.ts";

export type { RawPixels } from "./image/pixels.ts";

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
