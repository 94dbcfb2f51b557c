/** The paths that Jina's clients open as WebSockets. */
import type { WebSocketRoute, WebSocketSession } from "../../exchange/websocket.ts";
import { type Lifecycle, notReady } from "../../service/lifecycle.ts";
import type { Service } from "../../service/service.ts";
import { answerMessage } from "./answer_message.ts";
import type { RequestLimits } from "./document/request_size.ts";
import { encodeStatusJson } from "./json/response.ts";
import { encodeStatusProto } from "./proto/status.ts";
import { frame, frameCodec, frameMode, isEndOfInput } from "./websocket_codec.ts";

/**
 * Time between the answer that tells of a failure and the close behind it: jina's client may miss
 * the former if the latter comes at its heels.
 */
const CLOSE_AFTER_FAILURE_MS = 100;

/** `/` for requests, and `/dry_run` for the state at once, whatever the client sends. */
export function webSocketRoutes(
  { service, lifecycle, limits }: {
    service: Service;
    lifecycle: Lifecycle;
    limits: RequestLimits;
  },
): WebSocketRoute[] {
  return [
    { path: "/", open: (subprotocols) => requests(subprotocols, service, limits) },
    {
      path: "/dry_run",
      keyless: true,
      open: (subprotocols) => dryRun(subprotocols, service, lifecycle),
    },
  ];
}

function requests(
  subprotocols: readonly string[],
  service: Service,
  limits: RequestLimits,
): WebSocketSession {
  const mode = frameMode(subprotocols);
  return {
    kind: "frames",
    isEnd: (frame) => isEndOfInput(frame, mode),
    answer: (frame, context) =>
      answerMessage(frame, frameCodec(mode, frame.text), context, {
        service,
        limits,
        stream: true,
      }),
    lingerAfterFailureMs: CLOSE_AFTER_FAILURE_MS,
  };
}

function dryRun(
  subprotocols: readonly string[],
  { executors }: Service,
  lifecycle: Lifecycle,
): WebSocketSession {
  return {
    kind: "told",
    frame() {
      const error = notReady(lifecycle.stage, executors.ready);
      const status = error && { code: 1 as const, description: error.message };
      if (frameMode(subprotocols) === "bytes") return frame(encodeStatusProto(status), false);
      const text = status ? encodeStatusJson(status) : "{}";
      return frame(new TextEncoder().encode(text), true);
    },
  };
}
