/** A real server over a model of a test's choice, with caches of its own, asked over HTTP. */
import { loadFlow } from "../../src/flow/load.ts";
import type { RuntimeName } from "../../src/flow/executor_keys.ts";
import type { ProgressReporter } from "../../src/model/store/progress.ts";
import { localUrl } from "../../src/server/banner.ts";
import type { ModelLookups } from "../../src/server/model_source.ts";
import { type Server, startServer } from "../../src/server/server.ts";
import { Log } from "../../src/telemetry/log.ts";
import { embedOverHttp, type Question } from "./embed_http.ts";

/** What a flow says of its model. */
export interface ModelFlow {
  runtime: RuntimeName;
  name?: string;
  modelPath?: string;
  dtype?: "fp32" | "fp16" | "int8";
  replicas?: number;
  /** Milliseconds. */
  timeoutReady?: number;
}

/** The flow as text. */
export function modelFlow(model: ModelFlow): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", port: 0, protocol: "http" },
    executors: [{
      name: "clip",
      replicas: model.replicas ?? 1,
      ...(model.timeoutReady === undefined ? {} : { timeout_ready: model.timeoutReady }),
      uses: {
        jtype: "CLIPEncoder",
        with: {
          ...(model.name === undefined ? {} : { name: model.name }),
          ...(model.modelPath === undefined ? {} : { model_path: model.modelPath }),
          ...(model.dtype === undefined ? {} : { dtype: model.dtype }),
          device: "cpu",
          minibatch_size: 16,
          num_worker_preprocess: 1,
          // One of the reference's pictures has more than a public server takes.
          max_pixels: 100_000_000,
          // And it takes a busy machine longer than a public server gives it.
          image_timeout_ms: 600_000,
        },
        metas: { py_modules: [`clip_server.executors.clip_${model.runtime}`] },
      },
    }],
  });
}

/** A server that is up, what it has logged, and its client. */
export class ModelServer implements AsyncDisposable {
  readonly log: readonly string[];
  readonly server: Server;

  private constructor(server: Server, log: readonly string[]) {
    this.server = server;
    this.log = log;
  }

  /** Starts one. @throws {ClipError} as `startServer`. */
  static async start(
    model: ModelFlow,
    lookups: ModelLookups & { progress?: ProgressReporter },
    log: string[] = [],
  ): Promise<ModelServer> {
    const flow = loadFlow({ text: modelFlow(model), name: "test-flow.yml" }, {});
    const write = (line: string) => void log.push(line);
    const server = await startServer(flow, {
      ...lookups,
      log: new Log("test", { level: "INFO", json: false, color: false, write }),
    });
    return new ModelServer(server, log);
  }

  /** The embeddings of some documents, row after row, over HTTP. */
  async embed(questions: readonly Question[]): Promise<Float32Array> {
    return await embedOverHttp(localUrl(this.server.addresses[0]!), questions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(10_000);
  }
}
