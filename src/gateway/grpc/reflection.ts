/**
 * `grpc.reflection`: what is served here, told to clients such as grpcurl. Both versions of the
 * protocol are the same on the wire.
 * Protocol: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 *
 * Not by @grpc/reflection: its files lack their imports, and Go refuses them.
 */
import { ClipError } from "../../errors.ts";
import { plainBytes, WireReader } from "../../encoding/protobuf_reader.ts";
import type { WireSink } from "../../encoding/protobuf_sink.ts";
import { encodeMessage } from "../../encoding/protobuf_writer.ts";
import type { GrpcCall, GrpcHandler } from "./call.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import type { Descriptors } from "./descriptors.ts";
import { status } from "./status.ts";

/** The files of the protocol itself, in `proto/`. */
export const REFLECTION_PROTOS = ["v1", "v1alpha"].map((version) =>
  `grpc/reflection/${version}/reflection.proto`
);

/** A question is a name. */
const MAX_QUESTION_BYTES = 2 ** 14;

/**
 * `ServerReflectionInfo` of both versions, by full path.
 * @param draining fires when the server is stopping: who asks nothing more must not hold that up.
 */
export function reflectionMethods(
  descriptors: Descriptors,
  draining: AbortSignal,
): Map<string, GrpcHandler> {
  const { services, listedByAlpha } = descriptors;
  const handler = (listed: readonly string[]) => (call: GrpcCall) =>
    serve(call, { descriptors, listed }, draining);
  return new Map([
    ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", handler(services)],
    ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", handler(listedByAlpha)],
  ]);
}

/** What is told of. */
interface Known {
  descriptors: Descriptors;
  /** Full names of services. */
  listed: readonly string[];
}

async function serve(
  call: GrpcCall,
  known: Known,
  draining: AbortSignal,
): Promise<void> {
  let stop = () => {};
  const onDraining = () => stop();
  draining.addEventListener("abort", onDraining);
  const next = () =>
    new Promise<IncomingMessage | undefined>((resolve, reject) => {
      stop = () => resolve(undefined);
      if (draining.aborted) stop();
      else call.read().then(resolve, reject);
    });
  try {
    for (let asked; (asked = await next()) !== undefined; asked.release()) {
      if (asked.length > MAX_QUESTION_BYTES) {
        throw new ClipError("too_large", "A question to reflection is a name, not more");
      }
      await call.write(answer(plainBytes(asked.bytes), known));
    }
    if (draining.aborted) throw new ClipError("unavailable", "The server is stopping");
  } finally {
    draining.removeEventListener("abort", onDraining);
  }
}

/** `ServerReflectionResponse` to a `ServerReflectionRequest`. */
function answer(question: Uint8Array, known: Known): Uint8Array {
  const { host, told } = read(question, known);
  return encodeMessage((sink) => {
    if (host !== "") sink.string(10, host);
    sink.bytes(18, question);
    told(sink);
  });
}

type Told = (sink: WireSink) => void;

/** Reads a question, and finds the part of the answer that is about it. */
function read(
  question: Uint8Array,
  { descriptors, listed }: Known,
): { host: string; told: Told } {
  const reader = new WireReader(question);
  let host = "";
  let told = failure(status.INVALID_ARGUMENT, "The message asks nothing");
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      host = reader.string();
    } else if (tag === 26) {
      const name = reader.string();
      told = files(descriptors.fileNamed(name), `file ${name}`);
    } else if (tag === 34) {
      const symbol = reader.string();
      told = files(descriptors.fileOf(symbol), `symbol ${symbol}`);
    } else if (tag === 42) {
      reader.skip(tag);
      told = failure(status.NOT_FOUND, "There are no extensions here");
    } else if (tag === 50) {
      told = extensionNumbers(reader.string(), descriptors);
    } else if (tag === 58) {
      reader.skip(tag);
      told = services(listed);
    } else {
      reader.skip(tag);
    }
  }
  return { host, told };
}

function files(found: readonly Uint8Array[] | undefined, what: string): Told {
  if (!found) return failure(status.NOT_FOUND, `There is no ${what} here`);
  return (sink) => {
    sink.begin(34);
    for (const file of found) sink.bytes(10, file);
    sink.end();
  };
}

/** No message here has any. */
function extensionNumbers(type: string, descriptors: Descriptors): Told {
  if (!descriptors.hasMessage(type)) {
    return failure(status.NOT_FOUND, `There is no message ${type} here`);
  }
  return (sink) => {
    sink.begin(42);
    sink.string(10, type);
    sink.end();
  };
}

function services(names: readonly string[]): Told {
  return (sink) => {
    sink.begin(50);
    for (const name of names) {
      sink.begin(10);
      sink.string(10, name);
      sink.end();
    }
    sink.end();
  };
}

function failure(code: number, text: string): Told {
  return (sink) => {
    sink.begin(58);
    sink.varint(8, code);
    sink.string(18, text);
    sink.end();
  };
}
