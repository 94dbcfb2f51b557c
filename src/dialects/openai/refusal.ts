/** OpenAI's error bodies, as its official clients read them (openai-python 3.57, openai-node 6.49). */
import type { ClipError } from "../../errors.ts";
import { type HttpAnswer, retryAfterS } from "../../exchange/http.ts";
import { paramOf } from "../reading/typed_body.ts";
import { refusal } from "../writing/refusal.ts";

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
  not_found: { ...CALLERS, code: "unknown_url" },
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

const NO_SUCH_MODEL: Words = { ...CALLERS, code: "model_not_found" };
/** The name that `ExecutorTable.named` gives its error. */
const NO_SUCH_NAME = "KeyError";

/** The answer to a request that failed. */
export function refuseOpenAi(error: ClipError): HttpAnswer {
  const { kind, name, message } = error;
  const unknown = kind === "not_found" && name === NO_SUCH_NAME;
  const { type, code } = unknown ? NO_SUCH_MODEL : WORDS[kind];
  const body = { error: { message, type, param: paramOf(error), code } };
  const answer = refusal(error, "openai", body);
  if (answer.headers["retry-after"] === undefined) return answer;
  // The official clients look at this first.
  const ms = Math.ceil(error.retryAfterMs ?? 1000 * retryAfterS(error));
  return { ...answer, headers: { ...answer.headers, "retry-after-ms": String(ms) } };
}
