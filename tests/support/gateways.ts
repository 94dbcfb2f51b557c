/** The gateways of a flow over a fake encoder, on real sockets. */
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import type { DialectMaker } from "../../src/dialects/table.ts";
import { loadFlow } from "../../src/flow/load.ts";
import { ExecutorTable } from "../../src/service/executors.ts";
import { HeldBytes } from "../../src/gateway/admission/held_bytes.ts";
import type { Indexer } from "../../src/index/indexer.ts";
import { IndexerTable } from "../../src/service/indexers.ts";
import { Gate } from "../../src/gateway/admission/gate.ts";
import { Lifecycle } from "../../src/service/lifecycle.ts";
import type { Clock } from "../../src/gateway/keys/clock.ts";
import { NO_REQUEST_OBSERVER, type RequestObserver } from "../../src/telemetry/request_observer.ts";
import { Service } from "../../src/service/service.ts";
import { FetchedBytes } from "../../src/service/uri/fetched_bytes.ts";
import { UriLoader } from "../../src/service/uri/load_uri.ts";
import { localUrl } from "../../src/server/banner.ts";
import { maxHeldBytesOf, openListeners } from "../../src/server/listeners.ts";
import type { Address, Listening } from "../../src/gateway/listening.ts";
import { type Log, SILENT_LOG } from "../../src/telemetry/log.ts";
import { httpServerLines } from "./http_server.ts";
import { FakeEncoder } from "./fake_encoder.ts";

/** What may wait in the fake encoder, as far as shares of keys go. */
export const MAX_QUEUE = 100;

/** What a test may choose. */
export interface TestGatewayOptions {
  protocol?: string;
  /** Default: one port for each protocol, chosen by the system. */
  port?: string;
  /** Lines of the flow's `with:`. */
  gateway?: string[];
  log?: Log;
  /** How often the certificate is looked at. */
  tlsPollMs?: number;
  /** How often files of API keys are looked at. */
  keysPollMs?: number;
  /** Time, for the rates of API keys. */
  clock?: Clock;
  /** What the gateways tell. */
  observer?: RequestObserver;
  /** Whole requests that may wait for a place; by default any number. */
  maxWaiting?: number;
  /** What keeps the encoder's embeddings; nothing does by default. */
  indexers?: readonly Indexer[];
  /** Others than the program's own. */
  dialects?: readonly DialectMaker[];
}

/** Open gateways; `await using` closes them. */
export class TestGateways {
  constructor(
    readonly encoder: FakeEncoder,
    readonly gate: Gate,
    readonly lifecycle: Lifecycle,
    readonly listening: readonly Listening[],
    readonly bytes: HeldBytes,
  ) {}

  /** Where a protocol is served. */
  url(protocol: Address["protocol"]): string {
    const all = this.listening.flatMap(({ addresses }) => addresses);
    return localUrl(all.find((address) => address.protocol === protocol)!);
  }

  /** Stops in order; resolves when what was inside is finished. */
  async stop(): Promise<void> {
    this.lifecycle.enter("draining");
    await Promise.all(this.listening.map((one) => one.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.stop();
    for (const one of this.listening) one.abort();
    await stopped;
  }
}

/** Opens gateways. */
export async function openGateways(options: TestGatewayOptions = {}): Promise<TestGateways> {
  const protocol = options.protocol ?? "grpc";
  const count = protocol.split(",").length;
  const text = `
jtype: Flow
with:
  protocol: ${protocol}
  port: ${options.port ?? `[${new Array(count).fill(0).join(", ")}]`}
  host: 127.0.0.1
${[...httpServerLines(), ...options.gateway ?? []].map((line) => `  ${line}`).join("\n")}
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules: [clip_server.executors.clip_torch]
`;
  const { gateway } = loadFlow({ text, name: "test-flow.yml" }, {});
  const encoder = new FakeEncoder();
  const executors = new ExecutorTable([{
    name: "clip_t",
    models: ["fake"],
    accessPaths: "@r",
    encoder,
    // On a busy machine a long text takes more than the five seconds of a server.
    tokenizer: new ThreadedTokenizer({}, { timeoutMs: 600_000 }),
    batching: { maxTokens: 616, workers: 1 },
    description: {},
  }], { anyModelName: gateway.anyModelName });
  const lifecycle = new Lifecycle();
  const service = new Service({
    executors,
    indexers: new IndexerTable(options.indexers),
    uris: new UriLoader({
      allowPrivateUris: false,
      allowLocalFiles: [],
      timeoutMs: 1000,
      maxBytes: 1000,
      maxRedirects: 0,
      concurrency: 1,
    }),
    fetched: new FetchedBytes({ ofRequest: 1_000_000, ofAll: 10_000_000 }),
    timeoutMs: gateway.timeoutSendMs ?? 0,
    observer: NO_REQUEST_OBSERVER,
  });
  const gate = new Gate(gateway.prefetch, {
    maxWaiting: options.maxWaiting ?? Infinity,
    maxWaitMs: 0,
  });
  const listening: Listening[] = [];
  const bytes = new HeldBytes(maxHeldBytesOf(gateway));
  await openListeners(
    gateway,
    {
      service,
      gate,
      maxQueue: MAX_QUEUE,
      lifecycle,
      observer: options.observer ?? NO_REQUEST_OBSERVER,
    },
    options.log ?? SILENT_LOG,
    listening,
    { ...options, bytes },
  );
  lifecycle.enter("serving");
  return new TestGateways(encoder, gate, lifecycle, listening, bytes);
}
