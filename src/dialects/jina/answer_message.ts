/** One message, of a stream or of a call: from its bytes to the bytes of its answer. */
import { ClipError } from "../../errors.ts";
import { RequestDecodeError } from "./document/request_error.ts";
import type { DataRequest, DataResponse } from "./document/request.ts";
import {
  NO_REQUEST_OBSERVER,
  outcomeOf,
  type Protocol,
  type RequestObserver,
} from "../../telemetry/request_observer.ts";
import type { CallContext, Service } from "../../service/service.ts";
import { endsStream, toStatus } from "./status.ts";

/** How messages are written in a protocol. */
export interface MessageCodec<Message, Answer> {
  decode(message: Message): DataRequest;
  encode(response: DataResponse): Answer;
}

/** What answering needs. */
export interface AnswerOptions {
  service: Service;
  protocol: Protocol;
  /**
   * Whether the message is one of a stream: then it waits where a call would be refused, and what
   * fails is told inside its answer, as there is no other place for it.
   */
  stream: boolean;
  observer?: RequestObserver;
}

/**
 * Answers a message.
 * @throws {ClipError} of a stream, what the stream cannot survive: bytes that are no request, a
 * client that has gone, a server that is stopping; of a call, all that does not belong in an answer.
 */
export async function answerMessage<
  Message extends { length: number },
  Answer extends { length: number },
>(
  message: Message,
  codec: MessageCodec<Message, Answer>,
  context: CallContext,
  options: AnswerOptions,
): Promise<Answer> {
  const watch = (options.observer ?? NO_REQUEST_OBSERVER).arrived(options.protocol);
  try {
    const request = decode(message, codec, options.stream);
    if (!(request instanceof RequestDecodeError)) {
      watch.read(request.execEndpoint, request.docs.length, message.length);
    }
    const response = request instanceof RequestDecodeError
      ? failed(request.request, request)
      : await serve(request, context, options);
    const answer = codec.encode(response);
    watch.answered(outcomeOf(response), answer.length);
    return answer;
  } catch (thrown) {
    const error = ClipError.wrap(thrown);
    watch.answered(error.kind, 0);
    throw error;
  }
}

/** An answer that says why there is none. */
function failed(request: DataRequest, error: ClipError): DataResponse {
  const status = toStatus(error, "gateway");
  const now = Date.now();
  const routes = [{ executor: "gateway", startTime: now, endTime: now + 1, status }];
  return { ...request, routes, status };
}

/** The request; or what is wrong with one that can be answered all the same. */
function decode<Message>(
  message: Message,
  codec: MessageCodec<Message, unknown>,
  stream: boolean,
): DataRequest | RequestDecodeError {
  try {
    return codec.decode(message);
  } catch (thrown) {
    // Without a cause the bytes are a request, which is refused as a whole (`docs_bytes`).
    if (stream && thrown instanceof RequestDecodeError && thrown.cause === undefined) return thrown;
    throw thrown;
  }
}

async function serve(
  request: DataRequest,
  context: CallContext,
  { service, stream }: AnswerOptions,
): Promise<DataResponse> {
  if (!stream) return await service.handle(request, context);
  try {
    return await service.handle(request, { ...context, wait: true });
  } catch (thrown) {
    const error = ClipError.wrap(thrown);
    if (endsStream(error.kind)) throw error;
    return failed(request, error);
  }
}
