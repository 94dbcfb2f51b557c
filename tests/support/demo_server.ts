/** A real server over the demonstration model, which knows coloured shapes, on ports that the system chooses. */
import { fileURLToPath } from "node:url";
import { loadFlow } from "../../src/flow/load.ts";
import { localUrl } from "../../src/server/banner.ts";
import { type Server, startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";

const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));

/** A running server; `await using` stops it. */
export interface DemoServer extends AsyncDisposable {
  server: Server;
  /** `http://HOST:PORT`. */
  http: string;
  /** `HOST:PORT`. */
  grpc: string;
}

/**
 * Starts it with gRPC and HTTP.
 * @param gateway Keys of the flow's `with:`.
 * @param executors Their names: each runs the model.
 */
export async function startDemoServer(
  gateway: Record<string, unknown> = {},
  executors: readonly string[] = ["clip_demo"],
): Promise<DemoServer> {
  const flow = JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", port: [0, 0], protocol: ["grpc", "http"], ...gateway },
    executors: executors.map((name) => ({
      name,
      uses: {
        jtype: "CLIPEncoder",
        with: { name: "demo", model_path: DEMO, num_worker_preprocess: 1, device: "cpu" },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    })),
  });
  const server = await startServer(loadFlow({ text: flow, name: "test-flow.yml" }, {}), {
    log: SILENT_LOG,
  });
  const [grpc, http] = server.addresses.map(localUrl);
  return {
    server,
    http: http!,
    grpc: new URL(grpc!).host,
    [Symbol.asyncDispose]: () => server.stop(1000).then(() => {}),
  };
}
