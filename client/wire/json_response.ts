/** Answers as JSON, read. */
import type { Document, NdArray } from "../../src/dialects/jina/document/document.ts";
import type { NamedScore } from "../../src/dialects/jina/document/document.ts";
import type { DataResponse, Route, Status } from "../../src/dialects/jina/document/request.ts";
import type { JsonObject } from "../document.ts";
import { ClipClientError } from "../errors.ts";
import { decodeBase64 } from "./base64.ts";

type Raw = Record<string, unknown>;

/**
 * Reads an answer; header and routes may be in camelCase (HTTP) or snake_case (WebSocket).
 * @throws {ClipClientError} protocol: it is no such answer.
 */
export function decodeResponseJson(text: string): DataResponse {
  const raw = parse(text);
  const header = objectOf(raw["header"]) ?? {};
  const data = raw["data"];
  if (!Array.isArray(data)) throw notAnAnswer(text);
  const status = statusOf(header["status"]);
  return {
    requestId: textOf(header, "requestId") ?? textOf(header, "request_id") ?? "",
    execEndpoint: textOf(header, "execEndpoint") ?? textOf(header, "exec_endpoint") ?? "",
    parameters: (objectOf(raw["parameters"]) ?? {}) as JsonObject,
    routes: listOf(raw["routes"]).map(routeOf),
    docs: data.map(documentOf),
    ...(status === undefined ? {} : { status }),
  };
}

/** `header.status` of a body, if it has one that tells of a failure. */
export function statusOf(raw: unknown): Status | undefined {
  const status = objectOf(raw);
  if (status === undefined || !status["code"]) return undefined;
  const exception = objectOf(status["exception"]);
  return {
    code: 1,
    description: textOf(status, "description") ?? "",
    ...(exception === undefined ? {} : {
      exception: {
        name: textOf(exception, "name") ?? "",
        args: listOf(exception["args"]).map(String),
        stacks: [],
        executor: textOf(exception, "executor") ?? "",
      },
    }),
  };
}

/** The value as an object, if it is one. */
export function objectOf(value: unknown): Raw | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Raw
    : undefined;
}

function parse(text: string): Raw {
  try {
    const raw = objectOf(JSON.parse(text));
    if (raw !== undefined) return raw;
  } catch {
    // It is told below.
  }
  throw notAnAnswer(text);
}

const MAX_SHOWN = 200;

function notAnAnswer(text: string): ClipClientError {
  return new ClipClientError(
    "protocol",
    `The answer is not one of a CLIP server in Jina's protocol: ${text.slice(0, MAX_SHOWN)}`,
  );
}

function documentOf(value: unknown): Document {
  const raw = objectOf(value) ?? {};
  const document: Document = { id: textOf(raw, "id") ?? "" };
  const text = textOf(raw, "text");
  if (text !== undefined) document.text = text;
  const blob = textOf(raw, "blob");
  if (blob !== undefined) document.blob = decodeBase64(blob);
  const uri = textOf(raw, "uri");
  if (uri !== undefined) document.uri = uri;
  const mimeType = textOf(raw, "mime_type");
  if (mimeType !== undefined) document.mimeType = mimeType;
  const modality = textOf(raw, "modality");
  if (modality !== undefined) document.modality = modality;
  const parentId = textOf(raw, "parent_id");
  if (parentId !== undefined) document.parentId = parentId;
  if (typeof raw["weight"] === "number") document.weight = raw["weight"];
  const tags = objectOf(raw["tags"]);
  if (tags !== undefined) document.tags = tags as JsonObject;
  const embedding = raw["embedding"];
  if (Array.isArray(embedding)) document.embedding = arrayOf(embedding);
  const { matches, chunks } = raw;
  if (Array.isArray(matches)) document.matches = matches.map(documentOf);
  if (Array.isArray(chunks)) document.chunks = chunks.map(documentOf);
  const scores = objectOf(raw["scores"]);
  if (scores !== undefined) document.scores = scoresOf(scores);
  return document;
}

/** An embedding; `[1, D]` as some servers send it. */
function arrayOf(list: unknown[]): NdArray {
  const values = Float32Array.from(list.length === 1 && Array.isArray(list[0]) ? list[0] : list);
  return {
    buffer: new Uint8Array(values.buffer),
    shape: [values.length],
    dtype: "<f4",
    clsName: "numpy",
  };
}

function scoresOf(raw: Raw): Record<string, NamedScore> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => {
      const score = objectOf(value) ?? {};
      const opName = textOf(score, "op_name");
      const description = textOf(score, "description");
      const refId = textOf(score, "ref_id");
      return [name, {
        ...(typeof score["value"] === "number" ? { value: score["value"] } : {}),
        ...(opName === undefined ? {} : { opName }),
        ...(description === undefined ? {} : { description }),
        ...(refId === undefined ? {} : { refId }),
      }];
    }),
  );
}

function routeOf(value: unknown): Route {
  const raw = objectOf(value) ?? {};
  const start = textOf(raw, "startTime") ?? textOf(raw, "start_time");
  const end = textOf(raw, "endTime") ?? textOf(raw, "end_time");
  return {
    executor: textOf(raw, "executor") ?? "",
    startTime: start === undefined ? 0 : Date.parse(start),
    ...(end === undefined ? {} : { endTime: Date.parse(end) }),
  };
}

function textOf(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  return typeof value === "string" ? value : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
