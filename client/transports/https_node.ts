/** HTTP by Node's own module, which can be given certificates; Deno has it too. */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { HttpReply, Post } from "./post.ts";
import type { TlsOptions } from "./transport.ts";

/**
 * A way to send bodies that trusts the given authorities and shows the given certificate.
 * @param keepAlive whether a connection serves one request after the other.
 */
export function nodePost(tls: TlsOptions | undefined, keepAlive: boolean): Post {
  const secure = new HttpsAgent({ keepAlive, ...tls });
  const plain = new HttpAgent({ keepAlive });
  return (url, headers, body, signal) =>
    new Promise((resolve, reject) => {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      const options = {
        method: "POST",
        headers: { ...headers, "content-length": String(bytes.length) },
        signal,
      };
      const answered = (answer: IncomingMessage) => replyOf(answer).then(resolve, reject);
      const sent = url.startsWith("https:")
        ? httpsRequest(url, { ...options, agent: secure }, answered)
        : httpRequest(url, { ...options, agent: plain }, answered);
      sent.on("error", reject);
      sent.end(bytes);
    });
}

async function replyOf(answer: IncomingMessage): Promise<HttpReply> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer) pieces.push(piece);
  return {
    status: answer.statusCode ?? 0,
    retryAfter: answer.headers["retry-after"] ?? null,
    text: await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text(),
  };
}
