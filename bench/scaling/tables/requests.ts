/** The requests of the tables. */
import type { RequestKind } from "../arrivals.ts";

/** One image each. */
export const IMAGES: readonly RequestKind[] = [{ modality: "image", items: 1 }];

/** One text each. */
export const TEXTS: readonly RequestKind[] = [{ modality: "text", items: 1 }];

/** What a service has that is asked for several things: mostly small, some large. */
export const MIXED: readonly RequestKind[] = [
  { modality: "text", items: 1, share: 0.6 },
  { modality: "text", items: 32, share: 0.05 },
  { modality: "image", items: 1, share: 0.3 },
  { modality: "image", items: 8, share: 0.05 },
];
