/** A real HTTP server over the demo model, for clients that care what its vectors mean. */
import { startDemoServer } from "./demo_server.ts";

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
    const demo = await startDemoServer(gateway, executors);
    return new DemoHttp(demo.http, () => demo.server.stop(1000));
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
