/** HTTP answers: the forms in which FastAPI, and so every client of the original, expects them. */
import type { ClipError } from "../../errors.ts";
import type { DataRequest } from "./document/request.ts";
import { httpStatus, RETRY_AFTER_S, toStatus } from "./status.ts";

const JSON_HEADERS = { "content-type": "application/json" };

/** A JSON answer. */
export function json(
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  return jsonBytes(new TextEncoder().encode(JSON.stringify(value)), status, headers);
}

/** An answer of JSON that is written already. */
export function jsonBytes(
  bytes: Uint8Array,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  // The length is told here, because not every server inside tells it on HEAD.
  const length = { "content-length": String(bytes.length) };
  return new Response(bytes as BodyInit, {
    status,
    headers: { ...JSON_HEADERS, ...length, ...headers },
  });
}

/** `404 {"detail": "Not Found"}`. */
export function notFound(): Response {
  return json({ detail: "Not Found" }, 404);
}

/** `405 {"detail": "Method Not Allowed"}` with `Allow`. */
export function methodNotAllowed(allow: string): Response {
  return json({ detail: "Method Not Allowed" }, 405, { allow });
}

/** `307`: the same request again, elsewhere. */
export function redirect(location: string): Response {
  return new Response(null, { status: 307, headers: { location } });
}

/** `400` to a request whose URL or `Host` is none. */
export function badUrl(): Response {
  return json({ detail: "The request's Host or path is not valid" }, 400);
}

/**
 * The answer to a request that failed as a whole. 422 lists what is wrong with the body; what is
 * the server's state (overload, stopping, deadline) has the form of a normal answer with
 * `header.status`, whose description clip_client shows.
 *
 * @param request what was read before it failed. Its documents are not sent back, as the original
 * does: every client raises its error without looking at them, and a server that has too much to
 * do should not send images back as well.
 */
export function failure(error: ClipError, request?: DataRequest): Response {
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
  return json(body, status, status === 503 ? { "retry-after": String(RETRY_AFTER_S) } : {});
}
