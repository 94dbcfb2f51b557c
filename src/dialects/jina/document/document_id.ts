/** A new document or request id: 32 hex digits, as docarray and Jina make them. */
export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
