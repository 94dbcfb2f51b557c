/**
 * The server that bench/gateway.ts measures: every gateway, before an encoder that costs nothing.
 * Prints the ports of gRPC, HTTP and WebSocket as JSON; ends when its standard input does.
 */
import type { EncodeItem } from "../src/model/item.ts";
import { loadFlow } from "../src/flow/load.ts";
import { type EncoderDoor, ExecutorTable } from "../src/service/executors.ts";
import { Gate } from "../src/gateway/admission/gate.ts";
import { Lifecycle } from "../src/service/lifecycle.ts";
import { Service } from "../src/service/service.ts";
import { UriLoader } from "../src/service/uri/load_uri.ts";
import { NO_REQUEST_OBSERVER } from "../src/telemetry/request_observer.ts";
import { openListeners } from "../src/server/listeners.ts";
import type { Listening } from "../src/gateway/listening.ts";
import { SILENT_LOG } from "../src/telemetry/log.ts";

const DIMENSIONS = 512;

const vector = Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(i * 12.9898) * 1.7);

/** Every item has the same embedding. */
const identity: EncoderDoor = {
  encode: (items: readonly EncodeItem[]) => Promise.resolve(items.map(() => vector)),
  room: () => Promise.resolve(),
  close: () => Promise.resolve(),
  full: false,
  ready: true,
  shape: { embedDim: DIMENSIONS, imageSize: 224 } as EncoderDoor["shape"],
  state: { replicas: 1, replicasReady: 1 } as EncoderDoor["state"],
};

const { gateway } = loadFlow({
  name: "bench.yml",
  text: `
jtype: Flow
with:
  protocol: [grpc, http, websocket]
  port: [0, 0, 0]
  host: 127.0.0.1
executors:
  - uses:
      jtype: CLIPEncoder
      metas:
        py_modules: [clip_server.executors.clip_torch]
`,
}, {});

const executors = new ExecutorTable([{
  name: "clip_t",
  models: ["identity"],
  accessPaths: "@r",
  encoder: identity,
  description: {},
}]);
const lifecycle = new Lifecycle();
const uris = new UriLoader({
  allowPrivateUris: false,
  allowLocalFiles: [],
  timeoutMs: 1000,
  maxBytes: 1000,
  maxRedirects: 0,
  concurrency: 1,
});
const service = new Service({
  executors,
  uris,
  timeoutMs: 0,
  maxDocuments: gateway.maxDocuments,
});
const listening: Listening[] = [];
await openListeners(
  gateway,
  {
    service,
    gate: new Gate(gateway.prefetch),
    lifecycle,
    observer: NO_REQUEST_OBSERVER,
  },
  SILENT_LOG,
  listening,
);
lifecycle.enter("serving");
const ports = listening.flatMap(({ addresses }) => addresses.map(({ port }) => port));
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(ports)}\n`));
for await (const _ of Deno.stdin.readable) { /* Nothing is said here. */ }
Deno.exit(0);
