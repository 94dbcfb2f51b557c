/** `parameters` of a request, validated. */
import { z } from "zod";
import { ClipError } from "../../errors.ts";
import type { JsonObject, JsonValue } from "./document/document.ts";
import type { FieldHearer } from "./document/request_size.ts";

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
  traceparent: z.unknown().optional().describe(
    "Over gRPC's streams and WebSockets: the trace that this message belongs to, as the header `traceparent` of W3C Trace Context (extension)",
  ),
  tracestate: z.unknown().optional().describe("What goes with `traceparent` (extension)"),
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
  const language = given[`${executor}__language`] ?? given["language"];
  if (language !== undefined && language !== null) throw languageRefused();
  return readOwn(PARAMETERS, given, executor);
}

/**
 * Reads what a schema has of the parameters for one executor; `null` is the same as absent.
 * @throws {ParameterError} naming each that is wrong.
 */
export function readOwn<T extends z.ZodObject>(
  schema: T,
  given: JsonObject,
  executor: string,
): z.infer<T> {
  const prefix = `${executor}__`;
  const own: Record<string, JsonValue> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = given[prefix + key] ?? given[key];
    if (value !== undefined && value !== null) own[key] = value;
  }
  const parsed = schema.safeParse(own);
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

/** NLLB-CLIP's encoder is told the language of a text; no other's is, and that one is not served. */
function languageRefused(): ParameterError {
  return new ParameterError([{
    loc: ["body", "parameters", "language"],
    msg: "no model here takes the language of a text: multilingual ones (SigLIP 2, XLM-RoBERTa, " +
      "M-CLIP) find it out, and NLLB-CLIP, which does not, is not supported. Leave it out",
    type: "value_error.language",
  }]);
}

/**
 * Looks for parameters that mean nothing here.
 * @param known the names of those that mean something.
 * @param executors those that a parameter may be addressed to.
 * @throws {ParameterError} naming each, if they are refused.
 */
export function checkParameters(
  given: JsonObject,
  known: ReadonlySet<string>,
  executors: readonly { name: string }[],
  fields: FieldHearer,
): void {
  let detail: ParameterError["detail"] | undefined;
  for (const key in given) {
    if (known.has(key)) continue;
    const prefix = executors.find(({ name }) => key.startsWith(`${name}__`));
    const name = prefix === undefined ? key : key.slice(prefix.name.length + 2);
    if (known.has(name)) continue;
    const msg = fields.met("parameters", name, known);
    if (msg === undefined) continue;
    detail ??= [];
    detail.push({ loc: ["body", "parameters", key.slice(0, MAX_SHOWN)], msg, type: UNKNOWN });
    if (detail.length >= MAX_TOLD) break;
  }
  if (detail) throw new ParameterError(detail);
}

/** pydantic's name for a field that is not known. */
const UNKNOWN = "value_error.extra";
/** Of unknown parameters no more are told, and no more of a name. */
const MAX_TOLD = 10;
const MAX_SHOWN = 100;
