/** What an HTTP answer that is no success tells. */
import { ClipClientError, type ClipClientErrorKind } from "../errors.ts";
import { failureOf } from "../wire/answer_failure.ts";
import { objectOf, statusOf } from "../wire/json_response.ts";
import type { HttpReply } from "./post.ts";

const KINDS: Readonly<Record<number, ClipClientErrorKind>> = {
  400: "invalid",
  401: "unauthenticated",
  403: "unauthenticated",
  404: "not_found",
  405: "not_found",
  408: "timeout",
  413: "too_large",
  415: "invalid",
  422: "invalid",
  429: "rate_limited",
  502: "unavailable",
  503: "overloaded",
  504: "timeout",
};

const HINTS: Partial<Record<ClipClientErrorKind, string>> = {
  unauthenticated:
    "Give the client an API key that the server knows: new ClipClient(url, { apiKey })",
  not_found: "Look at the model's name, the path of the address, and at what stands in between",
  too_large: "Use a smaller batchSize, or smaller images",
};

const MAX_SHOWN = 500;

/** The failure, with the server's own words where it has some. */
export function httpFailure({ status, retryAfter, text }: HttpReply): ClipClientError {
  const body = parse(text);
  const told = statusOf(objectOf(body?.["header"])?.["status"]);
  const kind = ofParameters(body)
    ? "usage"
    : KINDS[status] ?? (status < 500 ? "invalid" : "server");
  const words = told ? failureOf(told).message : detailOf(body) ?? plainWords(text);
  const reason = words || "No reason was given";
  const hint = HINTS[kind] === undefined ? "" : `. ${HINTS[kind]}`;
  return new ClipClientError(kind, `${reason} (HTTP ${status})${hint}`, {
    status,
    retryAfterMs: retryAfterMs(retryAfter),
    reason,
  });
}

/** What proxies and other servers answer; of a page its title. */
function plainWords(text: string): string {
  if (!/^\s*<(!doctype|html)\b/i.test(text)) return text.slice(0, MAX_SHOWN).trim();
  const title = /<title>([^<]{1,200})<\/title>/i.exec(text)?.[1]?.trim();
  return `It answered with a web page${title ? `, "${title}"` : ""}: is it a CLIP server?`;
}

/** `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(value: string | null, now = Date.now()): number | undefined {
  if (value === null || value === "") return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether all that is wrong is in `parameters`: no document of the request is to blame. */
function ofParameters(body: Record<string, unknown> | undefined): boolean {
  const detail = body?.["detail"];
  return Array.isArray(detail) && detail.length > 0 && detail.every((one) => {
    const { loc } = objectOf(one) ?? {};
    return Array.isArray(loc) && loc[1] === "parameters";
  });
}

/** `detail` as FastAPI has it: words, or a list of places with what is wrong there. */
function detailOf(body: Record<string, unknown> | undefined): string | undefined {
  const detail = body?.["detail"];
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return undefined;
  return detail.map((one) => {
    const { loc, msg } = objectOf(one) ?? {};
    return `${Array.isArray(loc) ? loc.join(".") : "request"}: ${msg}`;
  }).join("; ");
}
