/** The program on a host of its own, with the demonstration model. */
import { fileURLToPath } from "node:url";
import { TextLineStream } from "../serving/text_lines.ts";
import type { Host } from "./network.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));

/** The ports that the balancers' files in `deploy/` speak of. */
export const PORTS = { grpc: 51000, http: 51001, metrics: 9090 } as const;

/** How it is started. */
export interface ClipServerOptions {
  /** More keys of the flow's `with`. */
  gateway?: Record<string, unknown>;
  /** Environment variables. */
  env?: Record<string, string>;
}

/** Requests that a server took, by protocol. */
export type Taken = Record<string, number>;

/** One server; `await using` ends it. */
export class ClipServer {
  readonly host: Host;
  readonly #options: ClipServerOptions;
  #child: Deno.ChildProcess | undefined;
  #said: Promise<string> = Promise.resolve("");

  constructor(host: Host, options: ClipServerOptions = {}) {
    this.host = host;
    this.#options = options;
  }

  /** Starts the program, anew if it has ended; resolves when it is ready. @throws with its log. */
  async start(): Promise<void> {
    const { gateway, env } = this.#options;
    const flow = await Deno.makeTempFile({ suffix: ".yml" });
    await Deno.writeTextFile(flow, flowText(gateway));
    const words = [Deno.execPath(), "run", "-A", "--no-check", MAIN, flow];
    const [program, ...args] = this.host.within(words);
    const child = new Deno.Command(program, {
      args,
      env: { NO_COLOR: "1", JINA_LOG_LEVEL: "WARNING", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    this.#said = new Response(child.stderr).text();
    const lines = child.stdout.pipeThrough(new TextLineStream()).getReader();
    try {
      for (;;) {
        const { value, done } = await lines.read();
        if (done) throw new Error(`${this.host.name} did not start: ${await this.#said}`);
        if (value.includes("is ready")) break;
      }
    } finally {
      await lines.cancel();
      await Deno.remove(flow);
    }
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    this.#child!.kill(name);
  }

  /** Resolves with its exit code. @throws nothing */
  async ended(): Promise<number> {
    const { code } = await this.#child!.status;
    return code;
  }

  /** What it has answered since its start. @throws {Error} it does not say. */
  async taken(): Promise<Taken> {
    const url = `http://127.0.0.1:${PORTS.metrics}/metrics`;
    const [program, ...args] = this.host.within(["curl", "-sf", "--max-time", "10", url]);
    const { success, stdout } = await new Deno.Command(program, { args }).output();
    if (!success) throw new Error(`${this.host.name} shows no metrics`);
    const taken: Taken = {};
    for (const line of new TextDecoder().decode(stdout).split("\n")) {
      const protocol = /^clipline_requests_total\{.*protocol="(\w+)"/.exec(line)?.[1];
      if (protocol === undefined) continue;
      taken[protocol] = (taken[protocol] ?? 0) + Number(line.slice(line.lastIndexOf(" ")));
    }
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child?.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child?.status;
    await this.#said;
  }
}

function flowText(gateway: Record<string, unknown> = {}): string {
  return JSON.stringify({
    jtype: "Flow",
    with: {
      host: "0.0.0.0",
      protocol: ["grpc", "http", "websocket"],
      port: [PORTS.grpc, PORTS.http, PORTS.http],
      monitoring: true,
      port_monitoring: PORTS.metrics,
      ...gateway,
    },
    executors: [{
      name: "clip",
      uses: {
        jtype: "CLIPEncoder",
        with: { name: "demo", model_path: DEMO, num_worker_preprocess: 1, device: "cpu" },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}
