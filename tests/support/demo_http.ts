/** A real HTTP server over the demo model, for clients that care what its vectors mean. */
import { fileURLToPath } from "node:url";
import { loadFlow } from "../../src/flow/load.ts";
import { localUrl } from "../../src/server/banner.ts";
import { startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";

const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));

/** Dimensions of its vectors. */
export const DEMO_DIMENSIONS = 128;

/** A running server; `await using` stops it. */
export class DemoHttp {
  private constructor(readonly url: string, readonly stop: () => Promise<unknown>) {}

  /**
   * Starts it.
   * @param gateway keys of the flow's `with:`.
   * @param executors their names: each runs the model.
   */
  static async start(
    gateway: Record<string, unknown> = {},
    executors: readonly string[] = ["clip_demo"],
  ): Promise<DemoHttp> {
    const flow = {
      jtype: "Flow",
      with: { host: "127.0.0.1", port: 0, protocol: "http", ...gateway },
      executors: executors.map((name) => ({
        name,
        uses: {
          jtype: "CLIPEncoder",
          with: { name: "demo", model_path: DEMO, num_worker_preprocess: 1, device: "cpu" },
          metas: { py_modules: ["clip_server.executors.clip_torch"] },
        },
      })),
    };
    const source = { text: JSON.stringify(flow), name: "test-flow.yml" };
    const server = await startServer(loadFlow(source, {}), { log: SILENT_LOG });
    return new DemoHttp(localUrl(server.addresses[0]!), () => server.stop(1000));
  }

  /** Posts JSON; the answer's status, headers and body. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
