/** Where a bucket and its keys are, as URLs. */
import { isAws, type StoreSettings } from "../aws/settings.ts";
import { StoreError } from "../object_store.ts";

/** A bucket at an endpoint. */
export class BucketPlace {
  readonly bucket: string;
  readonly endpoint: string;
  readonly #base: string;

  constructor(bucket: string, { endpoint, addressing }: StoreSettings) {
    this.bucket = bucket;
    this.endpoint = endpoint;
    const url = new URL(endpoint);
    const isInHost = addressing !== "path" && (addressing === "virtual" || isAws(endpoint)) &&
      fitsInHost(bucket, url);
    if (isInHost) url.hostname = `${bucket}.${url.hostname}`;
    const base = url.href.replace(/\/+$/, "");
    this.#base = isInHost ? base : `${base}/${encodePart(bucket)}`;
  }

  /**
   * The URL of a key, or of the bucket itself for an empty one.
   * @throws {StoreError} "unnameable" for keys that no URL can hold.
   */
  url(key: string, query: Readonly<Record<string, string>> = {}): string {
    const path = this.#pathOf(key);
    const pairs = Object.entries(query).map(([name, value]) =>
      `${encodePart(name)}=${encodePart(value)}`
    );
    return `${this.#base}/${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  }

  #pathOf(key: string): string {
    const parts = key.split("/");
    // Whoever takes URLs apart takes these away, escaped or not.
    const why = parts.some((part) => part === "." || part === "..")
      ? "a part of it is '.' or '..', which URLs cannot hold"
      : !key.isWellFormed()
      ? "it is no text"
      : undefined;
    if (why === undefined) return parts.map(encodePart).join("/");
    throw new StoreError("unnameable", `Cannot use 's3://${this.bucket}/${key}'`, why);
  }
}

/** Whether there can be such a host: TLS's certificates have no name for one with dots before it. */
function fitsInHost(bucket: string, { protocol, hostname }: URL): boolean {
  const isNumber = /^\[|^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  const name = protocol === "https:" ? /^[a-z0-9-]{1,63}$/ : /^[a-z0-9.-]{1,63}$/;
  return !isNumber && name.test(bucket) && !/^[.-]|\.\.|[.-]$/.test(bucket);
}

/** As RFC 3986 and signatures have it: everything but letters, digits and `-._~`. */
function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
