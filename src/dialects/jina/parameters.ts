/** `parameters` of a request, validated. */
import { z } from "zod";
import { ClipError } from "../../errors.ts";
import type { JsonObject, JsonValue } from "./document/document.ts";

const number = z.number();

/**
 * The parameters that mean something here, each with what it means; they are also the OpenAPI
 * description's. Others are echoed and ignored, as the original does.
 */
export const PARAMETERS = z.object({
  access_paths: z.string().optional().describe(
    "Which documents to embed, in docarray's path syntax: `@r` (default), `@m`, `@c`, `@r,m`, `@cc`, `@r[:10]`",
  ),
  traversal_paths: z.string().optional().describe(
    "Old name of `access_paths`; wins if both are given",
  ),
  drop_image_content: z.boolean().optional().describe(
    "Leave `blob` and `tensor` of embedded images out of the answer",
  ),
  minibatch_size: number.int().min(1).max(1_000_000).optional().describe(
    "Accepted for old clients; the server's own `minibatch_size` decides",
  ),
  normalize: z.boolean().optional().describe("Scale embeddings to unit length (extension)"),
  on_error: z.enum(["fail", "skip"]).optional().describe(
    "`skip`: embed the other documents and put the reason into the bad ones' `tags` under `clipline_error` (extension)",
  ),
  model_name: z.string().optional().describe(
    "The model or executor to use, where there are several",
  ),
  model: z.string().optional().describe("Old name of `model_name`"),
});

/** Validated parameters. */
export type Parameters = z.infer<typeof PARAMETERS>;

/** A request whose parameters have the wrong type: HTTP 422 with `detail`. */
export class ParameterError extends ClipError {
  readonly detail: { loc: (string | number)[]; msg: string; type: string }[];

  constructor(detail: ParameterError["detail"]) {
    const text = detail.map(({ loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`).join("; ");
    super("invalid", text, { name: "ValueError" });
    this.detail = detail;
  }
}

/**
 * Reads the parameters for one executor; `<executor>__<key>` addresses it alone.
 * @throws {ParameterError} naming each that is wrong.
 */
export function readParameters(given: JsonObject, executor: string): Parameters {
  const prefix = `${executor}__`;
  const own: Record<string, JsonValue> = {};
  for (const key of Object.keys(PARAMETERS.shape)) {
    const value = given[prefix + key] ?? given[key];
    if (value !== undefined && value !== null) own[key] = value;
  }
  const parsed = PARAMETERS.safeParse(own);
  if (parsed.success) return parsed.data;
  throw new ParameterError(
    parsed.error.issues.map((issue) => ({
      loc: [
        "body",
        "parameters",
        ...issue.path.map((part) => typeof part === "symbol" ? "" : part),
      ],
      msg: issue.message,
      type: `value_error.${issue.code}`,
    })),
  );
}
