/** A real server over the fixture model, on ports that the system chooses. */
import { loadFlow } from "../../src/flow/load.ts";
import type { Log } from "../../src/telemetry/log.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import type { OpenIndex } from "../../src/server/indexer.ts";
import type { WorkerUrls } from "../../src/server/executor.ts";
import { type Server, startServer } from "../../src/server/server.ts";
import { localUrl } from "../../src/server/banner.ts";
import { httpServerLines } from "./http_server.ts";
import { onnxModel } from "./onnx_model.ts";

/** What a test may choose. */
export interface TestServerOptions {
  /** Lines of the flow's `with:`, without indentation. */
  gateway?: string[];
  /** Lines of the executor, without indentation. */
  executor?: string[];
  /** Lines of the encoder's `with:`, without indentation. */
  encoder?: string[];
  /** Lines of the `with:` of an indexer behind it, called `index`; there is none without them. */
  indexer?: string[];
  /** Lines beside its `uses:`. */
  indexerEntry?: string[];
  /** How its engine is opened; default: the program's own way. */
  openIndex?: OpenIndex;
  replicas?: number;
  protocol?: string;
  /** Default 0: the system chooses. */
  port?: string;
  log?: Log;
  workers?: WorkerUrls;
}

/** A flow over the fixture model, as text. */
export async function testFlow(options: TestServerOptions = {}): Promise<string> {
  const lines = (given: string[] | undefined, indent: string) =>
    (given ?? []).map((line) => `${indent}${line}`).join("\n");
  return `
jtype: Flow
with:
  port: ${options.port ?? 0}
  host: 127.0.0.1
  protocol: ${options.protocol ?? "http"}
${lines([...httpServerLines(), ...options.gateway ?? []], "  ")}
executors:
  - name: clip_o
    replicas: ${options.replicas ?? 1}
${lines(options.executor, "    ")}
    uses:
      jtype: CLIPEncoder
      with:
        name: fixture
        model_path: ${await onnxModel("rn-a")}
        minibatch_size: 8
        num_worker_preprocess: 1
        device: cpu
${lines(options.encoder, "        ")}
      metas:
        py_modules: [clip_server.executors.clip_onnx]
${
    options.indexer === undefined ? "" : `
  - name: index
${lines(options.indexerEntry, "    ")}
    uses:
      jtype: AnnLiteIndexer
      with:
${lines(options.indexer, "        ")}
`
  }`;
}

/** Starts a server; stop it when done. */
export async function startTestServer(
  options: TestServerOptions = {},
): Promise<{ server: Server; url: string }> {
  const flow = loadFlow({ text: await testFlow(options), name: "test-flow.yml" }, {});
  const server = await startServer(flow, {
    log: options.log ?? SILENT_LOG,
    ...(options.openIndex === undefined ? {} : { openIndex: options.openIndex }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  return { server, url: localUrl(server.addresses[0]!) };
}
