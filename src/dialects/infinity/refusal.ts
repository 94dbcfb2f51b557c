/** infinity's error bodies (0.0.78): OpenAI's shape, with the status as the code. */
import type { ClipError } from "../../errors.ts";
import type { HttpAnswer } from "../../exchange/http.ts";
import { paramOf } from "../reading/typed_body.ts";
import { statusOf } from "../statuses.ts";
import { refusal } from "../writing/refusal.ts";

/** The answer to a request that failed. */
export function refuseInfinity(error: ClipError): HttpAnswer {
  const { kind, message } = error;
  // FastAPI's own words for it.
  if (kind === "unauthenticated") return refusal(error, "infinity", { detail: "Unauthorized" });
  const code = statusOf(kind, "infinity");
  return refusal(error, "infinity", {
    error: { message, type: null, param: paramOf(error), code },
  });
}
