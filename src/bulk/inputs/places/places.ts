/** Which place an address is of. */
import { isObjectAddress } from "../../../storage/object_address.ts";
import { ObjectStores } from "../../../storage/open_store.ts";
import { Buckets } from "./buckets.ts";
import { DISK } from "./disk.ts";
import type { FilePlace } from "./place.ts";

/** All places that inputs lie in. */
export class Places {
  readonly #buckets: FilePlace;

  /** @param openStores how buckets are reached; as the environment says by default. */
  constructor(openStores: () => Promise<ObjectStores> = () => ObjectStores.open()) {
    this.#buckets = new Buckets(openStores);
  }

  /** The place of a path, or of `s3://bucket/key`. */
  of(address: string): FilePlace {
    return isObjectAddress(address) ? this.#buckets : DISK;
  }
}
