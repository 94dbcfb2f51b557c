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
import type { ApiKeys } from "../keys/api_keys.ts";
import type { RequestObserver } from "../../telemetry/request_observer.ts";

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
  /** Paths that need no API key. */
  readonly #open: ReadonlySet<string>;
  readonly #options: CallOptions;
  readonly #keys: ApiKeys | undefined;
  readonly #observer: RequestObserver;

  constructor(options: GrpcGatewayOptions) {
    const protos = options.dialects.flatMap(({ protos }) => protos);
    const known = options.dialects.flatMap(({ known }) => known ? [known] : []).flat();
    const files = [...protos, "health.proto", ...REFLECTION_PROTOS];
    const descriptors = new Descriptors(files, known.length > 0 ? known : undefined);
    const health = healthMethods({ ...options, services: descriptors.services });
    const open = new Set(health.keys());
    const handlers = new Map([
      ...health,
      ...reflectionMethods(descriptors, options.lifecycle.draining),
    ]);
    for (const { methods } of options.dialects) {
      for (const [path, method] of methods) {
        handlers.set(path, (call) => serveMethod(call, method, options));
        if (method.kind === "told" && method.open) open.add(path);
      }
    }
    this.#handlers = handlers;
    this.#open = open;
    this.#keys = options.keys;
    this.#observer = options.observer;
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
    const path = call.path;
    const handler = this.#handlers.get(path) ?? noMethod(path);
    const keyless = this.#keys === undefined || this.#open.has(path);
    call.serve(keyless ? handler : (call) => this.#serveKnown(call, handler));
  }

  /** Serves a call with a key; whether there is such a method is nobody else's business. */
  async #serveKnown(call: GrpcCall, handler: GrpcHandler): Promise<void> {
    try {
      call.holder = this.#keys!.holder((name) => call.header(name));
    } catch (thrown) {
      this.#observer.arrived("grpc", call).answered("unauthenticated", 0);
      throw thrown;
    }
    await handler(call);
  }
}

function noMethod(path: string | undefined): GrpcHandler {
  return (call) =>
    Promise.resolve(call.end(status.UNIMPLEMENTED, `There is no method ${path} here`));
}
