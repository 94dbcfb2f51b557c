/** Addresses of objects and prefixes: `s3://bucket/key`. */
import { ClipError } from "../errors.ts";

/** An address, taken apart. */
export interface ObjectAddress {
  bucket: string;
  /** All that follows the slash after the bucket, as it is: nothing in it is unescaped. May be empty. */
  key: string;
}

const SCHEME = /^s3:\/\//i;
/** What AWS allows, and the longer names and capitals that other stores have. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** Whether a text is meant as the address of an object or a prefix. */
export function isObjectAddress(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Takes an address apart.
 * @throws {ClipError} "config" if there is no bucket in it.
 */
export function parseObjectAddress(text: string): ObjectAddress {
  const rest = text.replace(SCHEME, "");
  const slash = rest.indexOf("/");
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (rest === text || !BUCKET.test(bucket)) {
    const what = bucket === "" ? "it names no bucket" : `'${bucket}' is no bucket's name`;
    throw new ClipError(
      "config",
      `'${text}' is no address of an object store: ${what}; it is s3://bucket/key or ` +
        "s3://bucket/prefix/",
    );
  }
  return { bucket, key: slash < 0 ? "" : rest.slice(slash + 1) };
}
