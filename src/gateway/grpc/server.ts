/** The gRPC gateway: the dialects' services, health and reflection, and the way to each. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import type { GatewayConfig } from "../../flow/config.ts";
import type { GrpcServices } from "../../exchange/grpc.ts";
import type { Peer } from "../admission/receiving.ts";
import { type CallOptions, GrpcCall, type GrpcHandler } from "./call.ts";
import { answerPacking } from "./compression.ts";
import { healthMethods, type HealthOptions } from "./health.ts";
import { type MethodOptions, serveMethod } from "./methods.ts";
import { reflectionMethods } from "./reflection.ts";

/** What the gRPC gateway needs. */
export interface GrpcGatewayOptions
  extends MethodOptions, Omit<HealthOptions, "services">, Omit<CallOptions, "packing"> {
  /** Whose services are offered, beside health and reflection. */
  dialects: readonly GrpcServices[];
  /** How answers are packed. */
  compression: GatewayConfig["compression"];
}

const PROTO_DIRECTORY = fileURLToPath(new URL("../../../proto/", import.meta.url));

/** Serves calls, whatever connection they come by. */
export class GrpcServer {
  readonly #handlers: ReadonlyMap<string, GrpcHandler>;
  readonly #options: CallOptions;

  constructor(options: GrpcGatewayOptions) {
    const definition = loadProtos(options.dialects.flatMap(({ protos }) => protos));
    const services = Object.keys(definition).filter((name) => isService(definition[name]!));
    const unlisted = new Set(options.dialects.flatMap(({ unlisted = [] }) => unlisted));
    const handlers = new Map([
      ...healthMethods({ ...options, services }),
      ...reflectionMethods(definition, services.filter((name) => !unlisted.has(name))),
    ]);
    for (const { methods } of options.dialects) {
      for (const [path, method] of methods) {
        handlers.set(path, (call) => serveMethod(call, method, options));
      }
    }
    this.#handlers = handlers;
    this.#options = { ...options, packing: answerPacking(options.compression) };
  }

  /** Serves one call to its end; throws nothing. */
  serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): void {
    if (!headers["content-type"]?.startsWith("application/grpc")) {
      // It has its "close" as well, and there is nobody to tell.
      stream.on("error", () => {});
      if (!stream.destroyed) stream.respond({ ":status": 415 }, { endStream: true });
      return;
    }
    const call = new GrpcCall(stream, headers, peer, this.#options);
    const handler = this.#handlers.get(headers[":path"] ?? "");
    if (handler) call.serve(handler);
    else call.end(status.UNIMPLEMENTED, `There is no method ${headers[":path"]} here`);
  }
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
