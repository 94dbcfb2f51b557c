/** Addresses of objects, as texts. A folder is a prefix; nothing in a key is unescaped or put right. */
import type { Addresses } from "./place.ts";

/** What stands before the buckets' names, as a folder. */
const ALL = "s3:/";

/** A prefix is one with its last slash and without. */
function withoutSlash(address: string): string {
  return address.replace(/^s3:/i, "s3:").replace(/\/$/, "");
}

/** `s3://bucket/key`. */
export const OBJECT_ADDRESSES: Addresses = {
  absolute: withoutSlash,
  plain: withoutSlash,
  folder: withoutSlash,
  folderOf: (address) => address.slice(0, address.lastIndexOf("/")),
  join: (folder, path) => folder === "" ? path : `${folder}/${path}`,
  without: (address, path) => address.slice(0, Math.max(0, address.length - path.length - 1)),
  meeting(folders) {
    let top = folders[0] ?? ALL;
    for (const folder of folders) {
      while (top !== ALL && !`${folder}/`.startsWith(`${top}/`)) {
        top = top.slice(0, top.lastIndexOf("/"));
      }
    }
    return top;
  },
  below: (folder, address) => address.slice(folder === "" ? 0 : folder.length + 1),
  referred(folder, reference) {
    if (/^([a-z][a-z0-9+.-]*:\/\/|file:)/i.test(reference)) return undefined;
    const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(folder) ?? [];
    // What begins with a slash begins at the bucket: a table there says nothing of this machine.
    const isFromTop = reference.startsWith("/");
    const names = isFromTop || prefix === "" ? [] : prefix.split("/");
    for (const name of (isFromTop ? reference.slice(1) : reference).split("/")) {
      if (name === "..") {
        if (names.pop() === undefined) return undefined;
      } else if (name !== ".") names.push(name);
    }
    return `s3://${bucket}/${names.join("/")}`;
  },
};
