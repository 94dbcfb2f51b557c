/**
 * Objects with very many members. Listing their keys takes longer than a slice of work may, so the
 * list is kept while they are read.
 */
import { setMember as setAnyMember } from "../../../encoding/json_value.ts";

/** Keys of objects that were read in slices, in the order in which they came. */
const KEYS = new WeakMap<object, string[]>();

/** Remembers an object that is going to be large; it has no members yet, or few. */
export function rememberLarge<T extends object>(object: T): T {
  if (!KEYS.has(object)) KEYS.set(object, Object.keys(object));
  return object;
}

/** Whether an object was read in slices. */
export function isLarge(object: object): boolean {
  return KEYS.has(object);
}

/** The keys of an object. */
export function keysOf(object: object): readonly string[] {
  return KEYS.get(object) ?? Object.keys(object);
}

/** Sets a member, which may have any name. */
export function setMember<T>(object: Record<string, T>, key: string, value: T): void {
  const keys = KEYS.get(object);
  if (keys !== undefined && !Object.hasOwn(object, key)) keys.push(key);
  setAnyMember(object, key, value);
}

/** Takes a member away. */
export function removeMember(object: Record<string, unknown>, key: string): void {
  delete object[key];
  const keys = KEYS.get(object);
  if (keys?.includes(key)) keys.splice(keys.indexOf(key), 1);
}
