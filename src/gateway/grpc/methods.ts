/** The methods of dialects, served: admission, order and counting around what they answer. */
import { ClipError } from "../../errors.ts";
import type { GrpcMethod, StreamMethod, UnaryMethod } from "../../exchange/grpc.ts";
import { type Admission, admit, requireServing } from "../admission/admission.ts";
import { serveInOrder } from "../admission/ordered_stream.ts";
import { watched } from "../admission/watched.ts";
import { type GrpcCall, readOnly } from "./call.ts";

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
      return await call.write(method.answer(await readOnly(call)));
    case "unary":
      return await serveUnary(call, method, options);
    case "stream":
      return await serveStream(call, method, options);
  }
}

/** Many requests in work, answers in their order, until the client has ended its side. */
async function serveStream(
  call: GrpcCall,
  method: StreamMethod,
  { gate, capacity, lifecycle, observer, prefetch }: MethodOptions,
): Promise<void> {
  requireServing(lifecycle);
  const wanted = method.window?.((name) => call.metadata.get(name)[0]?.toString()) ?? Infinity;
  const window = Math.min(prefetch || Infinity, wanted);
  const bounds = { gate, capacity, window, draining: lifecycle.draining };
  const end = await serveInOrder<Uint8Array, Uint8Array>(
    call,
    bounds,
    async (message, context) => {
      const answered = await watched(
        observer,
        "grpc",
        (watch) => method.answer(message, { ...context, watch }),
      );
      return answered.answer;
    },
  );
  if (end === "draining") throw new ClipError("unavailable", "The server is stopping");
}

/** One request, one answer. A server that could not serve it in time says so before it reads. */
async function serveUnary(
  call: GrpcCall,
  method: UnaryMethod,
  options: MethodOptions,
): Promise<void> {
  const leave = await admitCounted(options, call.signal);
  try {
    const message = await readOnly(call);
    const { answer } = await watched(
      options.observer,
      "grpc",
      (watch) => method.answer(message, { signal: call.signal, watch }),
    );
    await call.write(answer);
  } finally {
    leave();
  }
}

/** Lets a call in, or counts it as refused: nothing behind this would hear of it. */
async function admitCounted(options: MethodOptions, signal: AbortSignal): Promise<() => void> {
  try {
    return await admit(options, signal);
  } catch (thrown) {
    options.observer.arrived("grpc").answered(ClipError.wrap(thrown).kind, 0);
    throw thrown;
  }
}
