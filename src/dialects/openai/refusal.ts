/** OpenAI's error bodies, as its official clients read them (openai-python 3.57, openai-node 6.49). */
import type { ClipError } from "../../errors.ts";
import { type HttpAnswer, json, retryAfterS } from "../../exchange/http.ts";
import { paramOf } from "../reading/typed_body.ts";
import { statusOf } from "../statuses.ts";

/** A failure in OpenAI's words. */
interface Words {
  type: string;
  code: string | null;
}

const CALLERS: Words = { type: "invalid_request_error", code: null };
const LIMITED: Words = { type: "requests", code: "rate_limit_exceeded" };
const SERVERS: Words = { type: "server_error", code: null };

/** What it is; where OpenAI has no code for it there is none. */
const WORDS: Record<ClipError["kind"], Words> = {
  invalid: CALLERS,
  document: CALLERS,
  too_large: CALLERS,
  unsupported_media: CALLERS,
  not_found: { ...CALLERS, code: "model_not_found" },
  unauthenticated: { ...CALLERS, code: "invalid_api_key" },
  rate_limited: LIMITED,
  overloaded: LIMITED,
  unavailable: SERVERS,
  deadline: SERVERS,
  cancelled: SERVERS,
  backend: SERVERS,
  config: SERVERS,
  model: SERVERS,
};

/** Where clients are asked to come back. */
const LATER: ReadonlySet<ClipError["kind"]> = new Set([
  "rate_limited",
  "overloaded",
  "unavailable",
]);

/** The answer to a request that failed. */
export function refuseOpenAi(error: ClipError): HttpAnswer {
  const { kind, message } = error;
  const { type, code } = WORDS[kind];
  const body = { error: { message, type, param: paramOf(error), code } };
  return {
    ...json(body, statusOf(kind, "openai"), {
      ...(LATER.has(kind) ? retryHeaders(error) : {}),
      ...(kind === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
    }),
    outcome: kind,
  };
}

/** Both that the official clients look at; they prefer the one in milliseconds. */
function retryHeaders(error: ClipError): Record<string, string> {
  const seconds = retryAfterS(error);
  const ms = Math.ceil(error.retryAfterMs ?? seconds * 1000);
  return { "retry-after": String(seconds), "retry-after-ms": String(ms) };
}
