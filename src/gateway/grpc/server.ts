/** The gRPC gateway: the dialects' services, health and reflection, and the way to each. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { GatewayConfig } from "../../flow/config.ts";
import type { GrpcServices } from "../../exchange/grpc.ts";
import type { Peer } from "../admission/receiving.ts";
import { type CallOptions, GrpcCall, type GrpcHandler } from "./call.ts";
import { answerPacking } from "./compression.ts";
import { Descriptors } from "./descriptors.ts";
import { healthMethods, type HealthOptions } from "./health.ts";
import { type MethodOptions, serveMethod } from "./methods.ts";
import { REFLECTION_PROTOS, reflectionMethods } from "./reflection.ts";
import { status } from "./status.ts";

/** What the gRPC gateway needs. */
export interface GrpcGatewayOptions
  extends MethodOptions, Omit<HealthOptions, "services">, Omit<CallOptions, "packing"> {
  /** Whose services are offered, beside health and reflection. */
  dialects: readonly GrpcServices[];
  /** How answers are packed. */
  compression: GatewayConfig["compression"];
}

/** Serves calls, whatever connection they come by. */
export class GrpcServer {
  readonly #handlers: ReadonlyMap<string, GrpcHandler>;
  readonly #options: CallOptions;

  constructor(options: GrpcGatewayOptions) {
    const protos = options.dialects.flatMap(({ protos }) => protos);
    const known = options.dialects.flatMap(({ known }) => known ? [known] : []).flat();
    const files = [...protos, "health.proto", ...REFLECTION_PROTOS];
    const descriptors = new Descriptors(files, known.length > 0 ? known : undefined);
    const handlers = new Map([
      ...healthMethods({ ...options, services: descriptors.services }),
      ...reflectionMethods(descriptors, options.lifecycle.draining),
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
      if (stream.destroyed) return;
      stream.respond({ ":status": 415 }, { endStream: true });
      return stream.resume().close();
    }
    const call = new GrpcCall(stream, headers, peer, this.#options);
    call.serve(this.#handlers.get(headers[":path"] ?? "") ?? noMethod(headers[":path"]));
  }
}

function noMethod(path: string | undefined): GrpcHandler {
  return (call) =>
    Promise.resolve(call.end(status.UNIMPLEMENTED, `There is no method ${path} here`));
}
