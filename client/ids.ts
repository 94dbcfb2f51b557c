/** Ids of documents and requests. */

/** Of this process; `randomUUID` is there only where pages are secure. */
const PREFIX = hex(crypto.getRandomValues(new Uint8Array(10)));
let count = 0;

/** A new id: 32 hex digits, as docarray and Jina make them, and never the same again. */
export function newId(): string {
  return PREFIX + (count++).toString(16).padStart(12, "0");
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
