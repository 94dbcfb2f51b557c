/** Persistent ids: how a pickle of PyTorch points at raw values outside of it. */

import { GlobalValue, type StorageValue, Tuple } from "./pickle_value.ts";
import { refuse } from "../refuse.ts";

/** `('storage', class, key, location, elements)`. @throws {ClipError} if it is anything else */
export function storageFromId(id: unknown, label: string): StorageValue {
  const [tag, type, key, , elements] = id instanceof Tuple ? id.items : [];
  if (
    tag !== "storage" || !(type instanceof GlobalValue) || type.allowed.kind !== "storage" ||
    (typeof key !== "string" && typeof key !== "number") ||
    typeof elements !== "number" || !Number.isSafeInteger(elements) || elements < 0
  ) {
    throw refuse(label, "its pickle refers to something outside of it that is no tensor storage");
  }
  return {
    kind: "storage",
    key: String(key),
    // Untyped storages count bytes.
    type: type.allowed.type ?? "uint8",
    elements,
    start: 0,
  };
}
