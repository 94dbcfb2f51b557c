/**
 * One call of a gRPC client, read and written message by message.
 *
 * grpc-js's own handlers read ahead of them: their stream objects buffer sixteen messages, whatever
 * these weigh. Its interceptors stand below those objects and decide about every single read, so an
 * interceptor answers the calls here, and the handlers that grpc-js wants registered are never
 * reached.
 */
import type { Buffer } from "node:buffer";
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { ClipError } from "../../errors.ts";
import type { AnswerPacking } from "./compression.ts";
import { grpcStatus } from "./status.ts";

/** Longest text of a status, in UTF-16 units; each may take nine bytes on the wire. */
const MAX_DETAILS = 600;

/** Serves a call; what it throws becomes the call's status. */
export type GrpcHandler = (call: GrpcCall) => Promise<void>;

/** A call, from the server's side. */
export class GrpcCall {
  readonly #call: ServerInterceptingCallInterface;
  readonly #gone = new AbortController();
  readonly #deadline: ReturnType<typeof setTimeout> | undefined;
  #message: ((message: Uint8Array | undefined) => void) | undefined;
  #written: (() => void) | undefined;
  #begun = false;
  #ended = false;
  readonly #packing: AnswerPacking | undefined;
  /** What the client sent along, `authorization` for one. */
  readonly metadata: Metadata;

  constructor(
    call: ServerInterceptingCallInterface,
    metadata: Metadata,
    packing: AnswerPacking | undefined,
  ) {
    this.#call = call;
    this.metadata = metadata;
    this.#packing = packing;
    const left = Number(call.getDeadline()) - Date.now();
    // grpc-js sends the status; the work must end too, even if that status cannot leave.
    if (Number.isFinite(left)) {
      this.#deadline = setTimeout(
        () => this.#leave(new ClipError("deadline", "The client's deadline has passed")),
        Math.max(0, Math.min(left, 2 ** 31 - 1)),
      );
    }
  }

  /** Fires when the client is gone or its deadline has passed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The next message, a view that nobody else keeps; undefined at the end. One at a time. */
  read(): Promise<Uint8Array | undefined> {
    if (this.signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#message = resolve;
      this.#call.startRead();
    });
  }

  /** Sends a message; resolves when the client's window has taken it, or there is no client. */
  async write(message: Uint8Array): Promise<void> {
    const ready = this.#packing ? await this.#packing.pack(message) : message;
    if (this.signal.aborted) return;
    if (this.#packing && !this.#begun) this.#call.sendMetadata(this.#packing.metadata());
    this.#begun = true;
    await new Promise<void>((resolve) => {
      this.#written = resolve;
      this.#call.sendMessage(ready, resolve);
    });
  }

  /** Ends the call, once. */
  end(code: number = status.OK, details = ""): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#call.sendStatus({ code, details, metadata: null });
  }

  /** A message has come, or the end of them. */
  received(message: Uint8Array | undefined): void {
    const resolve = this.#message;
    this.#message = undefined;
    resolve?.(message);
  }

  /** There is no client any more. */
  cancelled(): void {
    this.#leave(new ClipError("cancelled", "The client cancelled the call"));
  }

  #leave(reason: ClipError): void {
    clearTimeout(this.#deadline);
    this.#gone.abort(reason);
    this.received(undefined);
    this.#written?.();
  }
}

/** Makes the interceptor that serves the calls of these methods, by full path. */
export function serveCalls(
  handlers: ReadonlyMap<string, GrpcHandler>,
  packing: AnswerPacking | undefined,
): ServerInterceptor {
  return (method, raw) => {
    const handler = handlers.get(method.path);
    if (!handler) return new ServerInterceptingCall(raw);
    let call: GrpcCall;
    return new ServerInterceptingCall(raw, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata) => {
            call = new GrpcCall(raw, metadata, packing);
            run(handler, call);
          },
          onReceiveMessage: (message: Buffer) => call.received(message),
          onReceiveHalfClose: () => call.received(undefined),
          onCancel: () => call.cancelled(),
        }),
    });
  };
}

async function run(handler: GrpcHandler, call: GrpcCall): Promise<void> {
  try {
    await handler(call);
    call.end();
  } catch (thrown) {
    const error = ClipError.wrap(thrown, "model");
    call.end(grpcStatus(error.kind), statusText(error.message));
  }
}

/** Cut to what fits into clients' limit on trailers (8 KiB in C-core), escaped as it will be. */
function statusText(text: string): string {
  return text.slice(0, MAX_DETAILS).toWellFormed();
}

/** The only message of a unary call. @throws {ClipError} invalid: there is none, or one too many. */
export async function readOnly(call: GrpcCall): Promise<Uint8Array> {
  const message = await call.read();
  if (call.signal.aborted) throw ClipError.wrap(call.signal.reason, "cancelled");
  if (message === undefined) throw new ClipError("invalid", "The call has no request message");
  if (await call.read() !== undefined) {
    throw new ClipError("invalid", "The call has more than one request message");
  }
  return message;
}
