/** Whose name of a model the catalog has taken. */
import { CLIP_SERVER_MD5 } from "./clip_server.ts";
import type { CatalogEntry } from "./entry.ts";

/** In words, for `model info`. */
export function nameOrigin({ name, family }: CatalogEntry): string {
  switch (family) {
    case "openai":
      return "openai/CLIP and clip_server";
    case "m-clip":
    case "chinese-clip":
      return "clip_server 0.8.3";
    case "long-clip":
      return "Long-CLIP's README";
    default:
      if (Object.hasOwn(CLIP_SERVER_MD5, name)) return "clip_server 0.8.3, OpenCLIP";
      return name.includes("::")
        ? "OpenCLIP 3.3.0's table of pretrained models"
        : "the Hugging Face hub";
  }
}
