/** The WebSocket gateway: Jina's framing on the `ws` package, which reads only when it is asked to. */
import type { IncomingMessage } from "node:http";
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import { encodeStatusJson } from "../../dialects/jina/json/response.ts";
import { encodeStatusProto } from "../../dialects/jina/proto/status.ts";
import { ClipError } from "../../errors.ts";
import { answerMessage, type AnswerOptions } from "../../dialects/jina/answer_message.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import type { Gate } from "../admission/gate.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import type { Log } from "../../telemetry/log.ts";
import { serveInOrder } from "../admission/ordered_stream.ts";
import type { RequestObserver } from "../../telemetry/request_observer.ts";
import type { Service } from "../../service/service.ts";
import { closeCode, notReady, WS_CLOSE } from "../../dialects/jina/status.ts";
import {
  frameCodec,
  type FrameMode,
  frameMode,
  isEndOfInput,
} from "../../dialects/jina/websocket_codec.ts";
import { type Frame, WebSocketPort } from "./port.ts";

/** What the WebSocket gateway needs. */
export interface WebSocketGatewayOptions {
  service: Service;
  gate: Gate;
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  log: Log;
  /** Most requests of one connection in work; 0 for no limit. */
  prefetch: number;
  /** Bound on a frame, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Offer permessage-deflate (RFC 7692) to clients that ask for it. */
  compress: boolean;
  observer?: RequestObserver;
}

/**
 * Time between the answer that tells of a failure and the close behind it: jina's client may miss
 * the former if the latter comes at its heels.
 */
const CLOSE_AFTER_FAILURE_MS = 100;

/** Answers below this are not worth packing. */
const COMPRESSION_THRESHOLD_BYTES = 1024;

/** Serves connections of an HTTP server that want to become WebSockets. */
export class WebSocketGateway {
  readonly #options: WebSocketGatewayOptions;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocketPort>();
  #onEmpty: (() => void) | undefined;

  constructor(options: WebSocketGatewayOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // A browser fails if none of those it names comes back; servers of Jina name none.
      handleProtocols: (offered) => [...offered][0] ?? false,
      perMessageDeflate: options.compress && {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        threshold: COMPRESSION_THRESHOLD_BYTES,
        zlibDeflateOptions: { level: 1 },
      },
    });
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Takes over a connection after the HTTP server's "upgrade" event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { lifecycle } = this.#options;
    const path = (request.url ?? "/").split("?", 1)[0];
    // Until `ws` has its own, a connection reset would be an error that nobody hears.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    if (path !== "/" && path !== "/dry_run") return refuse(socket, "403 Forbidden");
    if (lifecycle.stage !== "serving") return refuse(socket, "503 Service Unavailable");
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      socket.off("error", onError);
      const subprotocols = (request.headers["sec-websocket-protocol"] ?? "")
        .split(",").map((name) => name.trim()).filter((name) => name !== "");
      const mode = frameMode(subprotocols);
      if (path === "/dry_run") this.#dryRun(connection, mode);
      else this.#serve(connection, mode);
    });
  }

  /** Resolves when no connection is open; draining ends those that have nothing in work. */
  async closed(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  /** Ends all connections at once. */
  terminate(): void {
    for (const port of this.#open) port.terminate();
  }

  async #serve(connection: WebSocket, mode: FrameMode): Promise<void> {
    const { gate, executors, lifecycle, prefetch, service, observer, log } = this.#options;
    const port = new WebSocketPort(connection, (frame) => isEndOfInput(frame, mode));
    this.#open.add(port);
    connection.once("close", () => {
      this.#open.delete(port);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    const window = prefetch || Infinity;
    const bounds = { gate, executors, window, draining: lifecycle.draining };
    const answering: AnswerOptions = {
      service,
      protocol: "websocket",
      stream: true,
      ...(observer ? { observer } : {}),
    };
    let failed = false;
    const onAnswer = ({ status }: { status?: { code: number } }) => {
      if (status && status.code !== 0) failed = true;
    };
    try {
      const end = await serveInOrder<Frame, Frame>(
        port,
        bounds,
        (frame, context) =>
          answerMessage(frame, frameCodec(mode, frame.text, onAnswer), context, answering),
      );
      if (failed) await new Promise((resolve) => setTimeout(resolve, CLOSE_AFTER_FAILURE_MS));
      if (end === "draining") port.close(WS_CLOSE.goingAway, "The server is stopping");
      else port.close(WS_CLOSE.normal);
    } catch (thrown) {
      if (port.signal.aborted) return;
      const error = ClipError.wrap(thrown, "model");
      if (!(thrown instanceof ClipError)) {
        const reason = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
        log.error("A connection failed for a reason of the server's own", { reason });
      }
      port.close(closeCode(error.kind), error.message);
    }
  }

  /** `ws://host/dry_run`: the state at once, whatever the client sends, and the end. */
  #dryRun(connection: WebSocket, mode: FrameMode): void {
    const { lifecycle, executors } = this.#options;
    const error = notReady(lifecycle.stage, executors.ready);
    const status = error && { code: 1 as const, description: error.message };
    connection.on("error", () => {});
    if (mode === "bytes") connection.send(encodeStatusProto(status), { binary: true });
    else connection.send(status ? encodeStatusJson(status) : "{}");
    connection.close(WS_CLOSE.normal);
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
