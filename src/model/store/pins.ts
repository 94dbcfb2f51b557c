/**
 * Files that nobody published a hash of are pinned when they are first seen: what was looked into
 * once and found right must stay what it is.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

/** The record of a file. */
export interface Pin {
  path: string;
  sha256: string;
  /** The model that it was looked into for, and found to fit. */
  model: string;
}

/** Reads and writes pins, under a cache folder. */
export class Pins {
  readonly #folder: string;

  /** @param cache Clipline's cache folder. */
  constructor(cache: string) {
    this.#folder = join(cache, "pinned");
  }

  /** Where the record of a file is: removing it lets another file be taken there. */
  recordOf(path: string): string {
    return join(this.#folder, `${createHash("sha1").update(path).digest("hex")}.json`);
  }

  /** The file's record; nothing for one never seen. */
  async read(path: string): Promise<Pin | undefined> {
    try {
      const value = JSON.parse(await Deno.readTextFile(this.recordOf(path))) as Partial<Pin>;
      const { sha256, model } = value;
      if (value.path !== path || typeof model !== "string") return undefined;
      if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
      return { path, sha256, model };
    } catch {
      return undefined;
    }
  }

  /** Pins a file. In a cache that cannot be written to nothing is pinned. */
  async write(pin: Pin): Promise<void> {
    const record = this.recordOf(pin.path);
    const draft = `${record}.${crypto.randomUUID()}`;
    try {
      await Deno.mkdir(dirname(record), { recursive: true });
      await Deno.writeTextFile(draft, JSON.stringify(pin));
      await Deno.rename(draft, record);
    } catch {
      // The file is looked into again the next time.
    }
  }

  /** Forgets a file. */
  async remove(path: string): Promise<void> {
    await Deno.remove(this.recordOf(path)).catch(() => {});
  }
}
