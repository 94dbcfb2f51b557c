/** The methods of Jina's gRPC services, each with what it does. */
import { ClipError } from "../../errors.ts";
import type { GrpcMethod, MetadataReader } from "../../exchange/grpc.ts";
import { type Lifecycle, notReady } from "../../service/lifecycle.ts";
import type { Service } from "../../service/service.ts";
import { answerMessage, type MessageCodec } from "./answer_message.ts";
import type { DataRequest } from "./document/request.ts";
import type { ReadOptions, RequestLimits } from "./document/request_size.ts";
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
import { INDEX_OPERATIONS } from "./indexing/operation.ts";
import type { ServerInfo } from "./server_info.ts";

/** What the methods need. */
export interface GrpcMethodOptions {
  service: Service;
  lifecycle: Lifecycle;
  limits: RequestLimits;
  info: ServerInfo;
}

/** How many requests of its stream a client wants to have in work (jina >= 3.12). */
const PREFETCH_METADATA = "__prefetch__";

/** What `endpoint_discovery` names: whatever else is called embeds as well. */
const ENDPOINTS = ["/encode", "/rank", "__default__", "_jina_dry_run_"];
/** The same where an indexer is. */
const WITH_INDEXER = [...INDEX_OPERATIONS.map((operation) => `/${operation}`), ...ENDPOINTS];

type ProtoCodec = MessageCodec<Uint8Array, Uint8Array>;

const DATA: ProtoCodec = { decode: decodeRequestProto, encode: encodeResponseProto };
const DATA_LIST: ProtoCodec = { decode: mergeRequests, encode: encodeResponseProto };
const SINGLE_DOCUMENT: ProtoCodec = {
  decode: decodeSingleDocumentRequestProto,
  encode: encodeSingleDocumentResponseProto,
};

/** All methods of the services in `proto/jina.proto`, by full path. */
export function jinaMethods(
  { service, lifecycle, limits, info }: GrpcMethodOptions,
): Map<string, GrpcMethod> {
  const unary = (codec: ProtoCodec): GrpcMethod => ({
    kind: "unary",
    answer: (message, context) =>
      answerMessage(message, codec, context, { service, limits, stream: false }),
  });
  const told = (answer: (message: Uint8Array) => Uint8Array) => ({ kind: "told", answer }) as const;
  return new Map<string, GrpcMethod>([
    ["/jina.JinaRPC/Call", {
      kind: "stream",
      window: wantedPrefetch,
      answer: (message, context) =>
        answerMessage(message, DATA, context, { service, limits, stream: true }),
    }],
    ["/jina.JinaSingleDataRequestRPC/process_single_data", unary(DATA)],
    ["/jina.JinaDataRequestRPC/process_data", unary(DATA_LIST)],
    ["/jina.JinaSingleDocumentRequestRPC/stream_doc", unary(SINGLE_DOCUMENT)],
    [
      "/jina.JinaGatewayDryRunRPC/dry_run",
      {
        ...told(() => {
          const error = notReady(lifecycle.stage, service.executors.ready);
          return encodeStatusProto(error && { code: 1, description: error.message });
        }),
        open: true,
      },
    ],
    ["/jina.JinaInfoRPC/_status", told(() => encodeJinaInfoProto(info.proto()))],
    [
      "/jina.JinaDiscoverEndpointsRPC/endpoint_discovery",
      told(() => {
        const endpoints = service.indexers.some ? WITH_INDEXER : ENDPOINTS;
        return encodeEndpointsProto({ endpoints });
      }),
    ],
    [
      "/jina.JinaControlRequestRPC/process_control",
      told((message) => decodeControlRequestProto(message).bytes),
    ],
  ]);
}

function wantedPrefetch(metadata: MetadataReader): number {
  const wanted = Number(metadata(PREFETCH_METADATA));
  return wanted >= 1 ? Math.floor(wanted) : Infinity;
}

/** A gateway's list for one executor: one request with the documents of all. */
async function mergeRequests(bytes: Uint8Array, options: ReadOptions): Promise<DataRequest> {
  const [first, ...rest] = await decodeRequestListProto(bytes, options);
  if (!first) throw new ClipError("invalid", "The list holds no request");
  for (const request of rest) for (const document of request.docs) first.docs.push(document);
  return first;
}
