/** One message, of a stream or of a call: from its bytes to the bytes of its answer. */
import { ClipError } from "../../errors.ts";
import type { Answered, MessageContext } from "../../exchange/message.ts";
import type { CallContext, Service } from "../../service/service.ts";
import type { DataRequest, DataResponse } from "./document/request.ts";
import { RequestDecodeError } from "./document/request_error.ts";
import type { ReadOptions, RequestHearers, RequestLimits } from "./document/request_size.ts";
import { handleRequest, outcomeOf } from "./handle_request.ts";
import { endsStream, toStatus } from "./status.ts";

/** How messages are written in a protocol. */
export interface MessageCodec<Message, Answer> {
  /** At once if the message is small. */
  decode(message: Message, options: ReadOptions): DataRequest | Promise<DataRequest>;
  /** The same. */
  encode(response: DataResponse): Answer | Promise<Answer>;
}

/**
 * Answers a message.
 * @param stream whether the message is one of a stream: then it waits where a call would be
 * refused, and what fails is told inside its answer, as there is no other place for it.
 * @throws {ClipError} of a stream, what the stream cannot survive: bytes that are no request, a
 * client that has gone, a server that is stopping; of a call, all that does not belong in an answer.
 */
export async function answerMessage<Message extends { length: number }, Answer>(
  message: Message,
  codec: MessageCodec<Message, Answer>,
  context: MessageContext,
  { service, limits, stream }: { service: Service; limits: RequestLimits; stream: boolean },
): Promise<Answered<Answer>> {
  const { grow, signal } = context;
  const request = await decode(message, codec, { limits, grow, signal }, stream);
  if (request instanceof RequestDecodeError) {
    const response = failed(request.request, request);
    return { answer: await codec.encode(response), outcome: outcomeOf(response) };
  }
  // The headers of a stream are those of all its messages.
  if (stream) tellParent(request, context);
  context.watch.read(request.execEndpoint, request.docs.length, message.length);
  const call = { ...context, trace: context.watch.trace, wait: stream };
  const response = stream
    ? await handleStreamed(request, service, call, limits)
    : await handleRequest(request, service, call, limits);
  return { answer: await codec.encode(response), outcome: outcomeOf(response) };
}

/** A message of a stream may say of itself which trace it belongs to. */
function tellParent(
  { parameters: { traceparent, tracestate } }: DataRequest,
  { watch }: MessageContext,
): void {
  if (typeof traceparent !== "string") return;
  const state = typeof tracestate === "string" ? tracestate : undefined;
  watch.belongs?.({ traceparent, tracestate: state });
}

/** An answer that says why there is none. */
function failed(request: DataRequest, error: ClipError): DataResponse {
  const status = toStatus(error, "gateway");
  const now = Date.now();
  const routes = [{ executor: "gateway", startTime: now, endTime: now + 1, status }];
  return { ...request, routes, status };
}

/** The request; or what is wrong with one that can be answered all the same. */
async function decode<Message>(
  message: Message,
  codec: MessageCodec<Message, unknown>,
  options: ReadOptions,
  stream: boolean,
): Promise<DataRequest | RequestDecodeError> {
  try {
    return await codec.decode(message, options);
  } catch (thrown) {
    // Without a cause the bytes are a request, which is refused as a whole (`docs_bytes`, too much of something).
    if (stream && thrown instanceof RequestDecodeError && thrown.cause === undefined) return thrown;
    throw thrown;
  }
}

async function handleStreamed(
  request: DataRequest,
  service: Service,
  context: CallContext,
  hears: RequestHearers,
): Promise<DataResponse> {
  try {
    return await handleRequest(request, service, context, hears);
  } catch (thrown) {
    const error = ClipError.wrap(thrown);
    if (endsStream(error.kind)) throw error;
    return failed(request, error);
  }
}
