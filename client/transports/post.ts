/** One body sent by HTTP, and what comes back. */

/** What came back. */
export interface HttpReply {
  status: number;
  retryAfter: string | null;
  text: string;
}

/** Sends a body. @throws the signal's reason, or what broke. */
export type Post = (
  url: string,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
) => Promise<HttpReply>;

/** Sends a body by the runtime's `fetch`. */
export async function postByFetch(
  ...[url, headers, body, signal]: Parameters<Post>
): Promise<HttpReply> {
  const response = await fetch(url, { method: "POST", headers, body, signal });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    text: await response.text(),
  };
}
