/**
 * `grpc.health.v1.Health`: whether the server as a whole, or one of its services, takes calls.
 * Protocol: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 *
 * Not by grpc-health-check: its watchers are never let go, which would hold up the server's end.
 */
import { plainBytes, WireReader } from "../../encoding/protobuf_reader.ts";
import { encodeMessage } from "../../encoding/protobuf_writer.ts";
import type { GrpcCall, GrpcHandler } from "./call.ts";
import { status } from "./status.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

/** How often a watcher looks at the replicas. */
const REPLICA_POLL_MS = 500;

/** What health is about. */
export interface HealthOptions {
  /** Full names of the services that are served. */
  services: readonly string[];
  lifecycle: Lifecycle;
  /** Whether requests would be computed. */
  ready: () => boolean;
}

/** `Check` and `Watch`, by full path. */
export function healthMethods(options: HealthOptions): Map<string, GrpcHandler> {
  return new Map<string, GrpcHandler>([
    ["/grpc.health.v1.Health/Check", (call) => check(call, options)],
    ["/grpc.health.v1.Health/Watch", (call) => watch(call, options)],
  ]);
}

async function check(call: GrpcCall, options: HealthOptions): Promise<void> {
  const service = await serviceOf(call);
  const state = stateOf(service, options);
  if (state === SERVICE_UNKNOWN) {
    return call.end(status.NOT_FOUND, `There is no service '${service.toWellFormed()}' here`);
  }
  await call.write(response(state));
}

/** Tells the state now and at each change; ends after it has told that the server is stopping. */
async function watch(call: GrpcCall, options: HealthOptions): Promise<void> {
  const { lifecycle } = options;
  const service = await serviceOf(call);
  let told: number | undefined;
  let changed = () => {};
  const wake = () => changed();
  const unlisten = lifecycle.listen(wake);
  // Replicas come and go without a word.
  const poll = setInterval(wake, REPLICA_POLL_MS);
  call.signal.addEventListener("abort", wake);
  try {
    while (!call.signal.aborted) {
      const change = new Promise<void>((resolve) => changed = resolve);
      const state = stateOf(service, options);
      if (state !== told) {
        told = state;
        await call.write(response(state));
        continue;
      }
      if (lifecycle.stage === "draining") {
        return call.end(status.UNAVAILABLE, "The server is stopping");
      }
      await change;
    }
  } finally {
    clearInterval(poll);
    unlisten();
  }
}

function stateOf(service: string, { services, lifecycle, ready }: HealthOptions): number {
  if (service !== "" && !services.includes(service)) return SERVICE_UNKNOWN;
  return lifecycle.stage === "serving" && ready() ? SERVING : NOT_SERVING;
}

/** `HealthCheckRequest.service`. */
async function serviceOf(call: GrpcCall): Promise<string> {
  const message = await call.readOnly();
  const reader = new WireReader(plainBytes(message.bytes));
  let service = "";
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) service = reader.string();
    else reader.skip(tag);
  }
  message.release();
  return service;
}

function response(state: number): Uint8Array {
  return encodeMessage((sink) => sink.varint(8, state));
}
