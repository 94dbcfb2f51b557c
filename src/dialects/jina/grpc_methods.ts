/** The methods that are served over gRPC, each with what it does. */
import { ClipError } from "../../errors.ts";
import {
  decodeControlRequestProto,
  encodeEndpointsProto,
  encodeJinaInfoProto,
} from "./proto/info.ts";
import {
  decodeRequestListProto,
  decodeRequestProto,
  decodeSingleDocumentRequestProto,
  encodeResponseProto,
  encodeSingleDocumentResponseProto,
} from "./proto/request.ts";
import { encodeStatusProto } from "./proto/status.ts";
import type { DataRequest } from "./document/request.ts";
import { answerMessage, type AnswerOptions, type MessageCodec } from "./answer_message.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import type { Gate } from "../../gateway/admission/gate.ts";
import { type GrpcCall, type GrpcHandler, readOnly } from "../../gateway/grpc/call.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import { serveInOrder } from "../../gateway/admission/ordered_stream.ts";
import type { RequestObserver } from "../../telemetry/request_observer.ts";
import type { Service } from "../../service/service.ts";
import type { ServerInfo } from "./server_info.ts";
import { notReady } from "./status.ts";

/** What the methods need. */
export interface GrpcMethodOptions {
  service: Service;
  gate: Gate;
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  info: ServerInfo;
  /** Most requests of one stream in work; 0 for no limit. */
  prefetch: number;
  observer?: RequestObserver;
}

/** How many requests of its stream a client wants to have in work (jina >= 3.12). */
const PREFETCH_METADATA = "__prefetch__";

/** What `endpoint_discovery` names: whatever else is called embeds as well. */
const ENDPOINTS = ["/encode", "/rank", "__default__", "_jina_dry_run_"];

type ProtoCodec = MessageCodec<Uint8Array, Uint8Array>;

const DATA: ProtoCodec = { decode: decodeRequestProto, encode: encodeResponseProto };
const DATA_LIST: ProtoCodec = { decode: mergeRequests, encode: encodeResponseProto };
const SINGLE_DOCUMENT: ProtoCodec = {
  decode: decodeSingleDocumentRequestProto,
  encode: encodeSingleDocumentResponseProto,
};

/** All methods of the services in `proto/jina.proto`, by full path. */
export function jinaMethods(options: GrpcMethodOptions): Map<string, GrpcHandler> {
  const { info, lifecycle, executors } = options;
  return new Map<string, GrpcHandler>([
    ["/jina.JinaRPC/Call", (call) => stream(call, options)],
    ["/jina.JinaSingleDataRequestRPC/process_single_data", (call) => unary(call, DATA, options)],
    ["/jina.JinaDataRequestRPC/process_data", (call) => unary(call, DATA_LIST, options)],
    [
      "/jina.JinaSingleDocumentRequestRPC/stream_doc",
      (call) => unary(call, SINGLE_DOCUMENT, options),
    ],
    ["/jina.JinaGatewayDryRunRPC/dry_run", (call) =>
      told(call, () => {
        const error = notReady(lifecycle.stage, executors.ready);
        return encodeStatusProto(error && { code: 1, description: error.message });
      })],
    ["/jina.JinaInfoRPC/_status", (call) => told(call, () => encodeJinaInfoProto(info.proto()))],
    [
      "/jina.JinaDiscoverEndpointsRPC/endpoint_discovery",
      (call) => told(call, () => encodeEndpointsProto({ endpoints: ENDPOINTS })),
    ],
    [
      "/jina.JinaControlRequestRPC/process_control",
      (call) => told(call, (message) => decodeControlRequestProto(message).bytes),
    ],
  ]);
}

/** `Call`: many requests in work, answers in their order, until the client has ended its side. */
async function stream(call: GrpcCall, options: GrpcMethodOptions): Promise<void> {
  const { gate, executors, lifecycle } = options;
  requireServing(lifecycle);
  const window = Math.min(options.prefetch || Infinity, wantedPrefetch(call));
  const bounds = { gate, executors, window, draining: lifecycle.draining };
  const answering = answerOptions(options, true);
  const end = await serveInOrder<Uint8Array, Uint8Array>(
    call,
    bounds,
    (message, context) => answerMessage(message, DATA, context, answering),
  );
  if (end === "draining") throw new ClipError("unavailable", "The server is stopping");
}

/** One request, one answer. It cannot wait: a server without room says so before it reads. */
async function unary(
  call: GrpcCall,
  codec: ProtoCodec,
  options: GrpcMethodOptions,
): Promise<void> {
  const leave = admit(options);
  try {
    const message = await readOnly(call);
    const context = { signal: call.signal };
    await call.write(await answerMessage(message, codec, context, answerOptions(options, false)));
  } finally {
    leave();
  }
}

/** Lets a call in, or counts it as refused: nothing behind this would hear of it. */
function admit({ gate, executors, lifecycle, observer }: GrpcMethodOptions): () => void {
  try {
    requireServing(lifecycle);
    if (executors.full) throw new ClipError("overloaded", "The queue is full: send again later");
    return gate.tryEnter();
  } catch (thrown) {
    observer?.arrived("grpc").answered(ClipError.wrap(thrown).kind, 0);
    throw thrown;
  }
}

/** A call that is answered from what is known. */
async function told(call: GrpcCall, answer: (message: Uint8Array) => Uint8Array): Promise<void> {
  await call.write(answer(await readOnly(call)));
}

function answerOptions(
  { service, observer }: GrpcMethodOptions,
  stream: boolean,
): AnswerOptions {
  return { service, protocol: "grpc", stream, ...(observer ? { observer } : {}) };
}

function requireServing(lifecycle: Lifecycle): void {
  const error = notReady(lifecycle.stage, true);
  if (error) throw error;
}

function wantedPrefetch(call: GrpcCall): number {
  const wanted = Number(call.metadata.get(PREFETCH_METADATA)[0]);
  return wanted >= 1 ? Math.floor(wanted) : Infinity;
}

/** A gateway's list for one executor: one request with the documents of all. */
function mergeRequests(bytes: Uint8Array): DataRequest {
  const [first, ...rest] = decodeRequestListProto(bytes);
  if (!first) throw new ClipError("invalid", "The list holds no request");
  for (const request of rest) for (const document of request.docs) first.docs.push(document);
  return first;
}
