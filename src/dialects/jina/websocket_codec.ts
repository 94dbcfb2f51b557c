/** What WebSocket frames hold: requests and answers as protobuf or JSON, and the end of input. */
import { Buffer } from "node:buffer";
import { decodeRequestJson } from "./json/request.ts";
import { encodeResponseJson } from "./json/response.ts";
import { decodeRequestProto, encodeResponseProto } from "./proto/request.ts";
import type { Document } from "./document/document.ts";
import type { DataResponse } from "./document/request.ts";
import { ClipError } from "../../errors.ts";
import type { MessageCodec } from "./answer_message.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { IndexOperation } from "./indexing/operation.ts";
import { toStatus } from "./status.ts";
import type { Frame } from "../../exchange/websocket.ts";

/** Which frames a connection carries; `either` answers each frame in its own form. */
export type FrameMode = "bytes" | "json" | "either";

/**
 * The clients' bound on one message (aiohttp's `max_msg_size`, which jina's client leaves at its
 * default): they break the connection off at 4 MiB.
 */
export const MAX_ANSWER_BYTES = 4 * 2 ** 20 - 1;

/** The mode that a client's subprotocols ask for: exactly one of the two names, or nothing certain. */
export function frameMode(subprotocols: readonly string[]): FrameMode {
  const [only] = subprotocols;
  return subprotocols.length === 1 && (only === "bytes" || only === "json") ? only : "either";
}

/**
 * Whether a frame ends the input: one zero byte, which is Python's `bytes(True)`, or `{}`.
 */
export function isEndOfInput({ bytes, text }: Frame, mode: FrameMode): boolean {
  if (mode !== "either" && text !== (mode === "json")) return false;
  if (!text) return bytes.length === 1 && bytes[0] === 0;
  return bytes.length <= 16 && /^\s*\{\s*\}\s*$/.test(Buffer.from(bytes).toString());
}

/** Reads a frame in the form of the mode, and writes its answer in the same form. */
export function frameCodec(mode: FrameMode, text: boolean): MessageCodec<Frame, Frame> {
  return {
    decode({ bytes }, options) {
      if (mode !== "either" && text !== (mode === "json")) throw wrongFrame(mode);
      return text
        ? decodeRequestJson(bytes, { ...options, keepRequestId: true })
        : decodeRequestProto(bytes, options);
    },
    async encode(response) {
      return frame(await fitting(response, text ? encodeJson : encodeResponseProto), text);
    },
  };
}

/** A frame of bytes that are written already. */
export function frame(bytes: Uint8Array, text: boolean): Frame {
  return { bytes, text, length: bytes.length };
}

type Encode = (response: DataResponse) => Uint8Array | Promise<Uint8Array>;

function encodeJson(response: DataResponse): Uint8Array | Promise<Uint8Array> {
  return encodeResponseJson(response, "websocket");
}

/**
 * The answer below the clients' bound. Pictures that came with the request are left out of an answer
 * that would not arrive with them; if that is not enough, the answer says why there is none.
 */
async function fitting(response: DataResponse, encode: Encode): Promise<Uint8Array> {
  let length = leastBytes(response.docs);
  if (length <= MAX_ANSWER_BYTES) {
    const whole = await encode(response);
    if (whole.length <= MAX_ANSWER_BYTES) return whole;
    length = whole.length;
  }
  const { work, operation } = parseEndpoint(response.execEndpoint);
  // Ranked matches and listed documents replace the client's own: nothing may be missing there.
  if (work !== "rank" && operation !== "filter") {
    const docs = response.docs.map(({ blob: _, tensor: __, ...rest }) => rest);
    if (leastBytes(docs) <= MAX_ANSWER_BYTES) {
      const bare = await encode({ ...response, docs });
      if (bare.length <= MAX_ANSWER_BYTES) return bare;
    }
  }
  const error = new ClipError(
    "too_large",
    `The answer has ${length} bytes or more where WebSocket clients take ${MAX_ANSWER_BYTES} at ` +
      `most: ${fewer(operation, response.docs.length)}`,
  );
  const status = toStatus(error, "gateway");
  const routes = response.routes.map((route) => ({ ...route, status }));
  return await encode({ ...response, parameters: {}, docs: [], routes, status });
}

/** What makes an answer smaller. */
function fewer(operation: IndexOperation | undefined, documents: number): string {
  const finds = operation === "search" || operation === "filter";
  const less = "ask for less with 'limit' or 'include_metadata: false'";
  if (operation === "filter") return less;
  return `send fewer than these ${documents} documents in a request${finds ? `, or ${less}` : ""}`;
}

/** Bytes that documents take at least, in either form: what is larger for sure is not written. */
function leastBytes(docs: readonly Document[]): number {
  let bytes = 0;
  for (const doc of docs) {
    bytes += (doc.blob?.length ?? 0) + (doc.text?.length ?? 0) + (doc.tensor?.buffer.length ?? 0) +
      (doc.embedding?.buffer.length ?? 0);
    if (doc.chunks) bytes += leastBytes(doc.chunks);
    if (doc.matches) bytes += leastBytes(doc.matches);
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return bytes;
}

function wrongFrame(mode: FrameMode): ClipError {
  const [wanted, got] = mode === "json" ? ["text", "binary"] : ["binary", "text"];
  return new ClipError(
    "unsupported_media",
    `Subprotocol '${mode}' has ${wanted} frames, this one is ${got}`,
  );
}
