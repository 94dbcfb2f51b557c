/** Addresses of objects and prefixes: `s3://bucket/key`, `s3://profile@bucket/key`. */
import { ClipError } from "../errors.ts";

/** An address, taken apart. */
export interface ObjectAddress {
  /**
   * The AWS profile that says where the store is and who asks; undefined where the environment does.
   * Source of the form: git-remote-s3 of AWS Labs.
   */
  profile?: string;
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
 * @throws {ClipError} "config" if there is no bucket in it, or keys are.
 */
export function parseObjectAddress(text: string): ObjectAddress {
  const rest = text.replace(SCHEME, "");
  const slash = rest.indexOf("/");
  const names = slash < 0 ? rest : rest.slice(0, slash);
  const at = names.lastIndexOf("@");
  const [profile, bucket] = [names.slice(0, Math.max(0, at)), names.slice(at + 1)];
  if (at >= 0 && profile.includes(":")) {
    throw new ClipError(
      "config",
      `'s3://…@${bucket}' has keys in it: give them as AWS_ACCESS_KEY_ID and ` +
        "AWS_SECRET_ACCESS_KEY, or in an AWS profile, as s3://PROFILE@BUCKET/KEY",
    );
  }
  if (rest === text || !BUCKET.test(bucket) || (at >= 0 && profile === "")) {
    const what = bucket === ""
      ? "it names no bucket"
      : BUCKET.test(bucket)
      ? "it names no profile before the '@'"
      : `'${bucket}' is no bucket's name`;
    throw new ClipError(
      "config",
      `'${text}' is no address of an object store: ${what}; it is s3://bucket/key or ` +
        "s3://bucket/prefix/",
    );
  }
  const key = slash < 0 ? "" : rest.slice(slash + 1);
  return { ...(at < 0 ? {} : { profile }), bucket, key };
}
