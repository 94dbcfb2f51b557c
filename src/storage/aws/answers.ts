/** Small answers of those who give credentials: one request, one limit of time, no redirects. */
import { ClipError } from "../../errors.ts";
import { withDeadline } from "../../deadline.ts";
import type { Credentials } from "./credentials.ts";

/** The largest answer that is read, bytes. */
const MOST_BYTES = 1 << 20;

/** An answer, whole. */
export interface Answer {
  status: number;
  text: string;
}

/**
 * Sends a request and reads the answer.
 * @throws {Error} when nobody answers in `ms` milliseconds.
 */
export async function askFor(url: string, init: RequestInit, ms: number): Promise<Answer> {
  const deadline = withDeadline(
    new AbortController().signal,
    ms,
    () => new Error(`no answer in ${ms / 1000} s`),
  );
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: deadline.signal });
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) throw new Error("the answer is too large");
      pieces.push(piece);
    }
    return { status: response.status, text: await new Blob(pieces).text() };
  } finally {
    deadline.clear();
  }
}

/**
 * The credentials of a JSON answer, as containers and instances give them.
 * @throws {ClipError} "config" if there are none in it.
 */
export function credentialsOfJson({ status, text }: Answer, source: string): Credentials {
  const fail = (why: string) => new ClipError("config", `No credentials from ${source}: ${why}`);
  if (status !== 200) {
    throw fail(`it answers ${status}${text === "" ? "" : ` (${text.slice(0, 200)})`}`);
  }
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch {
    throw fail("its answer is no JSON");
  }
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = value ?? {};
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") {
    throw fail("there are none in its answer");
  }
  const expiresAt = typeof Expiration === "string" ? Date.parse(Expiration) : NaN;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof Token === "string" && Token !== "" ? { sessionToken: Token } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}
