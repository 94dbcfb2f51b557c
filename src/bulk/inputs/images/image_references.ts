/** What a table says of an image: a path, an object's address, a URL or a `data:` URI. */
import { ClipError } from "../../../errors.ts";
import { decodeDataUri } from "../../../service/uri/data_uri.ts";
import { UriLoader } from "../../../service/uri/load_uri.ts";
import { isObjectAddress, parseObjectAddress } from "../../../storage/object_address.ts";
import { DEFAULT_MAX_IMAGE_BYTES } from "../bounds.ts";
import type { FetchUrl, InputOptions } from "../options.ts";
import type { Places } from "../places/places.ts";

const FETCH_TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;
/** Fetches at one time; a quarter of them of one host. */
const FETCHES = 64;

/** Reads images that are named. */
export class ImageReferences {
  /** The largest image, bytes. */
  readonly maxBytes: number;
  readonly #fetchUrl: FetchUrl;
  readonly #places: Places;

  constructor(options: InputOptions, places: Places) {
    this.#places = places;
    this.maxBytes = options.maxImageBytes ?? DEFAULT_MAX_IMAGE_BYTES;
    this.#fetchUrl = options.fetchUrl ?? ownFetch(options, this.maxBytes);
  }

  /**
   * The bytes of an image.
   * @param folder where relative paths start: on the disk, or in a bucket.
   * @throws {ClipError} "document" with the reason.
   */
  async read(reference: string, folder: string, signal: AbortSignal): Promise<Uint8Array> {
    if (isDataUri(reference)) return await decodeDataUri(reference, this.maxBytes);
    if (/^https?:/i.test(reference)) return await this.#fetchUrl(reference, signal);
    const address = isObjectAddress(reference)
      ? checkedAddress(reference, folder)
      : this.#places.of(folder).addresses.referred(folder, reference);
    if (address === undefined) {
      const where = isObjectAddress(folder) ? " that can be read from a bucket" : "";
      throw new ClipError("document", `'${reference.slice(0, 120)}' is no path and no URL${where}`);
    }
    return await this.#places.of(address).readImage(address, this.maxBytes, signal);
  }
}

/** @throws {ClipError} "document" if there is no bucket in it, or a profile that the table does not lie in. */
function checkedAddress(reference: string, folder: string): string {
  let profile: string | undefined;
  try {
    ({ profile } = parseObjectAddress(reference));
  } catch (thrown) {
    throw new ClipError("document", (thrown as Error).message);
  }
  const own = isObjectAddress(folder) ? parseObjectAddress(folder).profile : undefined;
  if (profile === undefined || profile === own) return reference;
  // Who writes a table does not choose whose keys are used.
  throw new ClipError(
    "document",
    `'${reference.slice(0, 120)}' names an AWS profile, which the command line may do alone`,
  );
}

/** Whether it is an image's own bytes, and no name. */
export function isDataUri(reference: string): boolean {
  return /^data:/i.test(reference);
}

function ownFetch(options: InputOptions, maxBytes: number): FetchUrl {
  const loader = new UriLoader({
    allowPrivateUris: options.allowPrivateUris ?? false,
    allowLocalFiles: [],
    timeoutMs: FETCH_TIMEOUT_MS,
    maxBytes,
    maxRedirects: MAX_REDIRECTS,
    concurrency: FETCHES,
  });
  return (url, signal) => loader.load(url, signal);
}
