/** Small answers of those who give credentials: limited in time, tried again, no redirects. */
import { setTimeout as sleep } from "node:timers/promises";
import { ClipError, type ErrorKind } from "../../errors.ts";
import { withDeadline } from "../../deadline.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";

/** The largest answer that is read, bytes. */
const MOST_BYTES = 1 << 20;

/** Pods that begin together ask together: who gives credentials then says to come back. */
const TRIES = 5;
const FIRST_DELAY_MS = 100;

/** An answer, whole. */
export interface Answer {
  status: number;
  text: string;
}

/**
 * Sends a request and reads the answer; again where that may help, about two seconds in all.
 * @param ms for each answer, milliseconds
 * @throws {Error} when nobody answers.
 */
export async function askFor(
  url: string,
  init: RequestInit,
  ms: number,
  { tries = TRIES }: { tries?: number } = {},
): Promise<Answer> {
  for (let tried = 1;; tried++) {
    const isLast = tried >= tries;
    try {
      const answer = await askOnce(url, init, ms);
      if (isLast || !isPassing(answer)) return answer;
    } catch (thrown) {
      if (isLast) throw thrown;
    }
    await sleep(FIRST_DELAY_MS * 2 ** (tried - 1) * (0.5 + Math.random()));
  }
}

/** Codes of the Security Token Service that a later try may not get. */
const PASSING =
  /<Code>(Throttling\w*|RequestLimitExceeded|TooManyRequests\w*|SlowDown|IDPCommunicationError)</;

/** Whether the same request may go well a moment later. */
function isPassing({ status, text }: Answer): boolean {
  return status >= 500 || status === 429 || (status >= 400 && PASSING.test(text));
}

/** What an answer without credentials is to whoever runs the job: to try again later may help. */
export function refusalKind(answer: Answer): ErrorKind {
  return isPassing(answer) ? "unavailable" : "config";
}

async function askOnce(url: string, init: RequestInit, ms: number): Promise<Answer> {
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
 * @throws {ClipError} "config" if there are none in it, "unavailable" if it says to come back.
 */
export function credentialsOfJson(answer: Answer, source: string): Credentials {
  const { status, text } = answer;
  const fail = (why: string) =>
    new ClipError(refusalKind(answer), `No credentials from ${source}: ${why}`);
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
  const sessionToken = typeof Token === "string" ? Token : undefined;
  return credentialsOf(AccessKeyId, SecretAccessKey, sessionToken, expiresAt);
}
