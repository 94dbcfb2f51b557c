/** What a JSON body holds beside its documents. */
import { isObject } from "../../../encoding/json_value.ts";
import type { Document, JsonObject } from "../document/document.ts";
import { newId } from "../document/document_id.ts";
import type { DataRequest } from "../document/request.ts";
import type { ValidationDetail } from "../document/request_error.ts";
import { optionalText } from "./document.ts";
import { requestModel } from "./model.ts";
import { toDetails } from "./validation_detail.ts";

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

/** A body as far as it is read. */
export interface Envelope {
  /** The body; its documents may be left out. */
  raw: unknown;
  docs: Document[];
}

const TEXTS = ["execEndpoint", "exec_endpoint", "targetExecutor", "target_executor"];

/** The faults of a body, not looking at its documents. */
export function envelopeFaults(body: unknown): ValidationDetail[] {
  if (isObject(body) && isRight(body)) return [];
  let looked = body;
  if (isObject(body)) {
    // Lists and objects are copied by the validator: they need only be what they are.
    looked = { ...body };
    const shallow = looked as RawObject;
    if (Array.isArray(body["data"])) shallow["data"] = [];
    else if (isObject(body["data"])) {
      const { docs } = body["data"];
      shallow["data"] = { docs: Array.isArray(docs) ? [] : docs };
    }
    if (isObject(body["parameters"])) shallow["parameters"] = {};
  }
  const checked = requestModel.safeParse(looked);
  return checked.success ? [] : toDetails(checked.error.issues, looked, ["body"]);
}

function isRight(body: RawObject): boolean {
  const { data, parameters } = body;
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) return false;
  for (const key of TEXTS) {
    const value = body[key];
    if (value !== undefined && value !== null && typeof value !== "string") return false;
  }
  if (data === undefined || data === null || Array.isArray(data)) return true;
  if (!isObject(data)) return false;
  const { docs } = data;
  return docs === undefined || docs === null || Array.isArray(docs);
}

/** The request: of a body without faults, or what can be told of one that is too large. */
export function toRequest({ raw, docs }: Envelope, options: JsonRequestOptions): DataRequest {
  const body = isObject(raw) && isRight(raw) ? raw : {};
  const target = optionalText(body, "targetExecutor") ?? optionalText(body, "target_executor");
  const header = body["header"] as RawObject | null | undefined;
  const sent = options.keepRequestId === true
    ? header?.["request_id"] ?? header?.["requestId"]
    : undefined;
  return {
    requestId: typeof sent === "string" && sent !== "" ? sent : newId(),
    execEndpoint: optionalText(body, "execEndpoint") ?? optionalText(body, "exec_endpoint") ??
      options.execEndpoint ?? "/",
    ...(target === undefined ? {} : { targetExecutor: target }),
    parameters: (body["parameters"] ?? {}) as JsonObject,
    docs,
  };
}
