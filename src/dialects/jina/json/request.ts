/** Requests as JSON: the body of HTTP's `POST /post` and of a WebSocket text frame. */
import { isUtf8 } from "node:buffer";
import { ClipError } from "../../../errors.ts";
import { decodeBase64 } from "../../../encoding/base64.ts";
import type { Document, JsonObject, NamedScore } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import { findJsonFault } from "./fault.ts";
import { requestModel } from "./model.ts";
import { nestedToNdArray } from "./ndarray.ts";
import { setKey } from "../proto/struct.ts";
import type { DataRequest } from "../document/request.ts";
import { BodyValidationError, type ValidationDetail } from "../document/request_error.ts";
import { toDetails } from "./validation_detail.ts";

/** Documents in documents, and lists or objects in `tags` and `parameters`. */
const MAX_JSON_DEPTH = 100;
const UTF8 = new TextDecoder();

/** V8's longest string. */
const MAX_TEXT_BYTES = 0x1fffffe8;

type Path = (string | number)[];
type RawObject = Record<string, unknown>;

/** How `decodeRequestJson` reads a body. */
export interface JsonRequestOptions {
  /** The endpoint if the body names none: the path of `POST /search` and the like. Default `/`. */
  execEndpoint?: string;
  /**
   * Keep `header.request_id` of the body. Off for HTTP, where the original makes a new one; on for
   * WebSocket, where it matches answers to requests.
   */
  keepRequestId?: boolean;
}

/**
 * Decodes a JSON request of either generation: `execEndpoint` or `exec_endpoint`, `data` a list of
 * documents or `{"docs": […]}` or nothing.
 *
 * @param body UTF-8 bytes, a text, or a value that is parsed already.
 * @throws {BodyValidationError} not JSON, or of the wrong shape; `detail` names every place.
 * @throws {ClipError} too_large: more than 512 MiB of text.
 */
export function decodeRequestJson(body: unknown, options: JsonRequestOptions = {}): DataRequest {
  const value = body instanceof Uint8Array
    ? parse(decodeUtf8(body))
    : typeof body === "string"
    ? parse(body)
    : body;
  return toRequest(value, options);
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new ClipError(
      "too_large",
      `Cannot read a JSON body of ${bytes.length} bytes: at most ${MAX_TEXT_BYTES} fit into a string`,
    );
  }
  // A TextDecoder with `fatal` is several times slower than the check and the decoding apart.
  if (!isUtf8(bytes)) {
    throw new BodyValidationError([{
      loc: ["body"],
      msg: "the body is not valid UTF-8",
      type: "value_error.jsondecode",
    }]);
  }
  return UTF8.decode(bytes);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    throw new BodyValidationError([{
      loc: fault === undefined ? ["body"] : ["body", fault.position],
      msg: fault?.message ?? (error as Error).message,
      type: "value_error.jsondecode",
    }]);
  }
}

function toRequest(body: unknown, options: JsonRequestOptions): DataRequest {
  checkDepth(body);
  const checked = requestModel.safeParse(body);
  if (!checked.success) throw new BodyValidationError(toDetails(checked.error.issues, body));
  // Converted from what was sent, not from the parsed copy: the order of its keys counts.
  const raw = body as RawObject;
  const faults: ValidationDetail[] = [];
  const data = raw["data"] as unknown[] | { docs?: unknown[] | null } | null | undefined;
  const inObject = data !== null && data !== undefined && !Array.isArray(data);
  const list = (inObject ? data.docs : data) as RawObject[] | null | undefined;
  const path: Path = inObject ? ["body", "data", "docs"] : ["body", "data"];
  const docs = toDocuments(list ?? [], path, faults);
  if (faults.length > 0) throw new BodyValidationError(faults);
  const target = text(raw, "targetExecutor") ?? text(raw, "target_executor");
  const header = raw["header"] as RawObject | null | undefined;
  const sent = options.keepRequestId === true
    ? header?.["request_id"] ?? header?.["requestId"]
    : undefined;
  return {
    requestId: typeof sent === "string" && sent !== "" ? sent : newId(),
    execEndpoint: text(raw, "execEndpoint") ?? text(raw, "exec_endpoint") ??
      options.execEndpoint ?? "/",
    ...(target === undefined ? {} : { targetExecutor: target }),
    parameters: (raw["parameters"] ?? {}) as JsonObject,
    docs,
  };
}

/** Refuses what recursion over the body could not bear. */
function checkDepth(body: unknown): void {
  const tooDeep = (value: unknown, left: number): boolean => {
    if (typeof value !== "object" || value === null) return false;
    if (left === 0) return true;
    if (Array.isArray(value)) {
      // A row of numbers, of a tensor or an embedding: nothing can be nested in it.
      if (typeof value[0] === "number" && typeof value[value.length - 1] === "number") {
        return value.some((item) => typeof item === "object" && tooDeep(item, left - 1));
      }
      return value.some((item) => tooDeep(item, left - 1));
    }
    for (const key in value) if (tooDeep((value as RawObject)[key], left - 1)) return true;
    return false;
  };
  if (tooDeep(body, MAX_JSON_DEPTH)) {
    throw new BodyValidationError([{
      loc: ["body"],
      msg: `the body is nested deeper than ${MAX_JSON_DEPTH}`,
      type: "value_error",
    }]);
  }
}

function toDocuments(
  raw: RawObject[],
  path: Path,
  faults: ValidationDetail[],
  parent?: { doc: Document; as: "chunks" | "matches" },
): Document[] {
  return raw.map((item, i) => {
    const doc = toDocument(item, [...path, i], faults);
    if (parent?.as === "chunks") {
      doc.parentId = parent.doc.id;
      doc.granularity = (parent.doc.granularity ?? 0) + 1;
    } else if (parent?.as === "matches") {
      doc.adjacency = (parent.doc.adjacency ?? 0) + 1;
    }
    return doc;
  });
}

function toDocument(
  raw: RawObject,
  path: Path,
  faults: ValidationDetail[],
): Document {
  const id = raw["id"];
  const doc: Document = { id: id === undefined || id === null || id === "" ? newId() : String(id) };
  const children: ["chunks" | "matches", RawObject[]][] = [];
  // Key by key in the order sent: of text, blob and tensor the last one wins.
  for (const key in raw) {
    const value = raw[key];
    if (value === null || value === undefined) continue;
    switch (key) {
      case "text":
        // An empty text beside an image is a field left empty, not a content.
        if (value === "" && (doc.blob !== undefined || doc.tensor !== undefined)) break;
        clearContent(doc);
        doc.text = value as string;
        break;
      case "blob":
        clearContent(doc);
        doc.blob = toBlob(value as string, [...path, key], faults);
        break;
      case "tensor":
      case "embedding": {
        if (key === "tensor") clearContent(doc);
        try {
          doc[key] = nestedToNdArray(value as unknown[]);
        } catch (error) {
          faults.push({ loc: [...path, key], msg: (error as Error).message, type: "value_error" });
        }
        break;
      }
      case "parent_id":
        doc.parentId = value as string;
        break;
      case "mime_type":
        doc.mimeType = value as string;
        break;
      case "granularity":
      case "adjacency":
      case "weight":
      case "offset":
        doc[key] = value as number;
        break;
      case "uri":
      case "modality":
        doc[key] = value as string;
        break;
      case "tags":
        doc.tags = value as JsonObject;
        break;
      case "location":
        doc.location = value as number[];
        break;
      case "scores":
      case "evaluations":
        doc[key] = toScores(value as Record<string, RawObject>);
        break;
      case "chunks":
      case "matches":
        children.push([key, value as RawObject[]]);
    }
  }
  // After the rest: they take their parent's id and level.
  for (const [as, list] of children) {
    doc[as] = toDocuments(list, [...path, as], faults, { doc, as });
  }
  return doc;
}

function clearContent(doc: Document): void {
  delete doc.text;
  delete doc.blob;
  delete doc.tensor;
}

function toBlob(
  value: string,
  path: Path,
  faults: ValidationDetail[],
): Uint8Array {
  try {
    return decodeBase64(value);
  } catch {
    faults.push({
      loc: path,
      msg: "value is not valid base64: one character more than a multiple of four",
      type: "value_error.base64",
    });
    return new Uint8Array(0);
  }
}

function toScores(raw: Record<string, RawObject>): Record<string, NamedScore> {
  const scores: Record<string, NamedScore> = {};
  for (const [name, fields] of Object.entries(raw)) {
    const score: NamedScore = {};
    if (typeof fields["value"] === "number") score.value = fields["value"];
    const opName = text(fields, "op_name");
    const description = text(fields, "description");
    const refId = text(fields, "ref_id");
    if (opName !== undefined) score.opName = opName;
    if (description !== undefined) score.description = description;
    if (refId !== undefined) score.refId = refId;
    setKey(scores, name, score);
  }
  return scores;
}

function text(raw: RawObject, key: string): string | undefined {
  return (raw[key] as string | null | undefined) ?? undefined;
}
