/** The gRPC gateway: the dialects' services, health and reflection on grpc-js's server. */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  logVerbosity,
  Server,
  type ServiceDefinition,
  setLogVerbosity,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import type { GatewayConfig } from "../../flow/config.ts";
import type { GrpcServices } from "../../exchange/grpc.ts";
import { type GrpcHandler, serveCalls } from "./call.ts";
import { answerPacking, PackedMessage } from "./compression.ts";
import { MAX_CONCURRENT_STREAMS } from "./flow_window.ts";
import { healthMethods, type HealthOptions } from "./health.ts";
import { type MethodOptions, serveMethod } from "./methods.ts";

/** What the gRPC gateway needs. */
export interface GrpcGatewayOptions extends MethodOptions, Omit<HealthOptions, "services"> {
  /** Whose services are offered, beside health and reflection. */
  dialects: readonly GrpcServices[];
  /** Bound on a message that is read, as sent and as unpacked. */
  maxMessageBytes: number;
  /** How answers are packed. */
  compression: GatewayConfig["compression"];
}

/** A client is asked for a sign of life after so long without one, and given so long for it. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

const PROTO_DIRECTORY = fileURLToPath(new URL("../../../proto/", import.meta.url));

/** Makes the server; no port is open yet. */
export function grpcServer(options: GrpcGatewayOptions): Server {
  // What goes wrong is told by our own log and errors; GRPC_VERBOSITY brings grpc-js's words back.
  if (!Deno.env.has("GRPC_VERBOSITY")) setLogVerbosity(logVerbosity.NONE);
  const definition = loadProtos(options.dialects.flatMap(({ protos }) => protos));
  const services = Object.keys(definition).filter((name) => isService(definition[name]!));
  const handlers = new Map<string, GrpcHandler>(healthMethods({ ...options, services }));
  for (const { methods } of options.dialects) {
    for (const [path, method] of methods) {
      handlers.set(path, (call) => serveMethod(call, method, options));
    }
  }
  const server = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    // An answer is its request with embeddings added: once it is there, refusing it helps nobody.
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": MAX_CONCURRENT_STREAMS,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.enable_channelz": 0,
    interceptors: [serveCalls(handlers, answerPacking(options.compression))],
  });
  for (const name of services) {
    if (name.startsWith("grpc.reflection.")) continue;
    const service = withRawBytes(definition[name] as ServiceDefinition);
    server.addService(service, placeholders(service));
  }
  new ReflectionService(definition, { services }).addToServer(server);
  return server;
}

/** Protocol files of ours, and those of reflection, so that it can tell of itself. */
function loadProtos(protos: readonly string[]): PackageDefinition {
  const reflection = join(
    dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json")),
    "build/proto",
  );
  return loadSync(
    [
      ...protos,
      "health.proto",
      join(reflection, "grpc/reflection/v1/reflection.proto"),
      join(reflection, "grpc/reflection/v1alpha/reflection.proto"),
    ],
    { includeDirs: [PROTO_DIRECTORY], keepCase: true },
  );
}

function isService(definition: PackageDefinition[string]): boolean {
  return !("format" in definition);
}

/** Messages go through as bytes: the codecs are the dialects'. */
function withRawBytes(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [name, {
      ...method,
      requestDeserialize: (bytes: Buffer) => bytes,
      requestSerialize: asBuffer,
      responseDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: asBuffer,
    }]),
  );
}

/** The same bytes, as grpc-js wants them. */
function asBuffer(bytes: Uint8Array | PackedMessage): Buffer {
  if (bytes instanceof PackedMessage) return bytes as unknown as Buffer;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** grpc-js wants a handler for each method; the interceptor answers before they are asked. */
function placeholders(service: ServiceDefinition): Record<string, UntypedHandleCall> {
  const unreachable = () => {
    throw new Error("A gRPC method has no handler. This is a bug.");
  };
  return Object.fromEntries(Object.keys(service).map((name) => [name, unreachable]));
}
