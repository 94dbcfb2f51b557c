/** The methods of dialects, served: admission, order and counting around what they answer. */
import { ClipError } from "../../errors.ts";
import type { GrpcMethod, StreamMethod, ToldMethod, UnaryMethod } from "../../exchange/grpc.ts";
import { type Admission, admit, requireServing } from "../admission/admission.ts";
import { serveInOrder, type StreamPort } from "../admission/ordered_stream.ts";
import { watched } from "../admission/watched.ts";
import type { GrpcCall } from "./call.ts";
import type { IncomingMessage } from "./incoming_message.ts";

/** What serving needs. */
export interface MethodOptions extends Admission {
  /** Most requests of one stream in work; 0 for no limit. */
  prefetch: number;
}

/** Serves a call of a method. @throws {ClipError} what becomes the call's status. */
export async function serveMethod(
  call: GrpcCall,
  method: GrpcMethod,
  options: MethodOptions,
): Promise<void> {
  switch (method.kind) {
    case "told":
      return await serveTold(call, method);
    case "unary":
      return await serveUnary(call, method, options);
    case "stream":
      return await serveStream(call, method, options);
  }
}

/** Longest message of a call that is answered from what is known: it is read without a pause. */
const MAX_TOLD_BYTES = 2 ** 16;

async function serveTold(call: GrpcCall, method: ToldMethod): Promise<void> {
  const message = await call.readOnly();
  let answer: Uint8Array;
  try {
    if (message.length > MAX_TOLD_BYTES) {
      throw new ClipError("too_large", `The message has more than ${MAX_TOLD_BYTES} bytes`);
    }
    answer = method.answer(message.bytes);
  } finally {
    message.release();
  }
  await call.write(answer);
}

/** Many requests in work, answers in their order, until the client has ended its side. */
async function serveStream(
  call: GrpcCall,
  method: StreamMethod,
  { gate, capacity, lifecycle, observer, prefetch }: MethodOptions,
): Promise<void> {
  requireServing(lifecycle);
  const wanted = method.window?.((name) => call.header(name)) ?? Infinity;
  const window = Math.min(prefetch || Infinity, wanted);
  const allowance = call.holder?.allowance?.stream();
  const bounds = { gate, capacity, window, draining: lifecycle.draining, allowance };
  const port: StreamPort<IncomingMessage, HeldAnswer> = {
    read: () => call.read(),
    write: async ({ message, bytes }) => {
      message.release();
      await call.write(bytes);
    },
    signal: call.signal,
  };
  const end = await serveInOrder(port, bounds, async (message, context) => {
    const { answer } = await watched(
      observer,
      "grpc",
      call,
      allowance,
      context.readAt,
      (watch) =>
        method.answer(message.bytes, { ...context, grow: (bytes) => message.grow(bytes), watch }),
    );
    message.answered(answer);
    return { message, bytes: answer, length: answer.length };
  });
  if (end === "draining") throw new ClipError("unavailable", "The server is stopping");
}

/** An answer whose turn has not come. */
interface HeldAnswer {
  message: IncomingMessage;
  bytes: Uint8Array;
  length: number;
}

/** One request, one answer. It has a place inside when all of it is here, and not before. */
async function serveUnary(
  call: GrpcCall,
  method: UnaryMethod,
  options: MethodOptions,
): Promise<void> {
  const { message, leave, readAt } = await enter(call, options);
  const { answer } = await watched(
    options.observer,
    "grpc",
    call,
    call.holder?.allowance,
    readAt,
    (watch) =>
      method.answer(message.bytes, {
        signal: call.signal,
        grow: (bytes) => message.grow(bytes),
        watch,
      }),
  ).finally(leave);
  message.release();
  await call.write(answer);
}

/** Reads a call's message and lets it in, or counts it as refused: nobody else would hear of it. */
async function enter(
  call: GrpcCall,
  options: MethodOptions,
): Promise<{ message: IncomingMessage; leave: () => void; readAt: number | undefined }> {
  let readAt: number | undefined;
  try {
    call.holder?.allowance?.requireRoom();
    const message = await call.readOnly();
    if (options.gate.full) readAt = performance.now();
    return { message, leave: await admit(options, call.signal), readAt };
  } catch (thrown) {
    const error = ClipError.wrap(thrown).kind;
    const watch = options.observer.arrived("grpc", call, readAt);
    if (watch.trace) watch.trace.stage("admission", readAt ?? performance.now(), { error });
    watch.answered(error, 0);
    throw thrown;
  }
}
