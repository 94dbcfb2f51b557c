/** HTTP answers: the forms in which FastAPI, and so every client of the original, expects them. */
import type { ClipError } from "../../errors.ts";
import { type HttpAnswer, json, retryAfterS } from "../../exchange/http.ts";
import type { DataRequest } from "./document/request.ts";
import { httpStatus, toStatus } from "./status.ts";

/**
 * The answer to a request that failed as a whole. 422 lists what is wrong with the body; what is
 * the server's state (overload, stopping, deadline) has the form of a normal answer with
 * `header.status`, whose description clip_client shows.
 *
 * @param request what was read before it failed. Its documents are not sent back, as the original
 * does: every client raises its error without looking at them, and a server that has too much to
 * do should not send images back as well.
 */
export function failure(error: ClipError, request?: DataRequest): HttpAnswer {
  return { ...answerOf(error, request), outcome: error.kind };
}

function answerOf(error: ClipError, request: DataRequest | undefined): HttpAnswer {
  const status = httpStatus(error.kind);
  if (status === 422) {
    const given = (error as { detail?: unknown }).detail;
    const detail = given ?? [{ loc: ["body"], msg: error.message, type: "value_error" }];
    return json({ detail }, status);
  }
  if (status < 500) return json({ detail: error.message }, status);
  const body = {
    header: {
      requestId: request?.requestId ?? "",
      status: toStatus(error, "gateway"),
      execEndpoint: request?.execEndpoint ?? "",
      targetExecutor: "",
    },
    parameters: request?.parameters ?? {},
    routes: [],
    data: [],
  };
  return json(body, status, status === 503 ? { "retry-after": String(retryAfterS(error)) } : {});
}
