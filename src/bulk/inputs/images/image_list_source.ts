/** Image files, each a row. */
import { createHash } from "node:crypto";
import type { InputRow } from "../../row.ts";
import type { Pass, Source } from "../source.ts";
import type { ImageReferences } from "./image_references.ts";
import type { FilePlace } from "../places/place.ts";
import { PathList } from "./path_list.ts";

/** Paths of image files, in their order. */
export class ImageList {
  readonly #prefix: string;
  readonly #root: string;
  readonly #place: FilePlace;
  readonly #paths = new PathList();
  /** Why one cannot be read, where that is known already. */
  readonly #troubles = new Map<number, string>();

  /**
   * @param prefix what stands before the paths in keys: empty, or a folder with its slash.
   * @param root the folder that they start from, as it was given.
   */
  constructor(prefix: string, root: string, place: FilePlace) {
    this.#place = place;
    this.#prefix = prefix;
    this.#root = root;
  }

  /** How many there are. */
  get length(): number {
    return this.#paths.length;
  }

  /** Adds one. @param path below the root, with `/`. */
  append(path: string, trouble: string | undefined): void {
    if (trouble !== undefined) this.#troubles.set(this.#paths.length, trouble);
    this.#paths.append(path);
  }

  /** The source of their rows. */
  source(images: ImageReferences): Source {
    const digest = createHash("sha256");
    for (const bytes of this.#paths.bytes()) digest.update(bytes).update("\0");
    return {
      label: this.#prefix,
      place: this.#root,
      container: false,
      distant: this.#place.distant,
      count: this.length,
      identity: `images\0${this.#prefix}\0${this.length}\0${digest.digest("hex")}`,
      countOf: (chosen) => {
        let count = 0;
        for (const path of this.#paths.paths()) if (chosen(this.#prefix + path)) count++;
        return count;
      },
      rows: (pass, signal) => this.#rows(pass, images.maxBytes, signal),
    };
  }

  async *#rows(pass: Pass, maxBytes: number, signal: AbortSignal): AsyncGenerator<InputRow> {
    let index = 0;
    for (const path of this.#paths.paths()) {
      const trouble = this.#troubles.get(index++);
      const key = this.#prefix + path;
      if (!pass(key)) continue;
      signal.throwIfAborted();
      const place = this.#place.addresses.join(this.#root, path);
      if (trouble !== undefined) yield { key, place, reason: `Cannot read '${place}': ${trouble}` };
      else {
        const image = () => this.#place.readImage(place, maxBytes, signal);
        yield { key, place, image, metadata: { image_path: place } };
      }
    }
  }
}
