/** The servers that are attacked, each with the client that measures itself on it. */
import { fileURLToPath } from "node:url";
import { JsonProcess } from "../../bench/serving/json_process.ts";
import { Served } from "../../bench/serving/served.ts";
import { Certificates } from "../support/certificates.ts";
import type { Ground, Target } from "./attack.ts";
import type { ProbeSamples, ProbeTask } from "./probe_step.ts";

const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));
const PROBE = new URL("./probe_step.ts", import.meta.url);
/** Few for a server, enough to start. */
const FEW_DESCRIPTORS = 256;

/** The client waits for its last answers, the server for its last clients. */
const PROBE_STOP_MS = 5_000;
const SERVER_STOP_MS = 30_000;

/** The demo model with the defaults of a public server, except that URIs may lead to loopback. */
function flow(gateway: Record<string, unknown>): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", allow_private_uris: true, ...gateway },
    executors: [{
      name: "clip_demo",
      uses: {
        jtype: "CLIPEncoder",
        with: { name: "demo", model_path: DEMO, minibatch_size: 32, num_worker_preprocess: 2 },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}

/** A server under attack. */
export class Battlefield {
  readonly served: Served;
  readonly target: Target;
  readonly #probe: JsonProcess;
  readonly #certificates: Certificates | undefined;

  private constructor(served: Served, target: Target, certificates: Certificates | undefined) {
    this.served = served;
    this.target = target;
    this.#certificates = certificates;
    this.#probe = new JsonProcess(PROBE);
  }

  /** Starts the server and its client. */
  static async start(ground: Ground): Promise<Battlefield> {
    const certificates = ground === "tls" ? new Certificates() : undefined;
    certificates?.selfSigned("one");
    const tls = certificates && {
      ssl_certfile: certificates.path("one.crt"),
      ssl_keyfile: certificates.path("one.key"),
    };
    const shell = ["sh", "-c", `ulimit -n ${FEW_DESCRIPTORS}; exec "$@"`, "sh"];
    const served = await Served.startFlow(
      ["grpc", "http", "websocket"],
      (gateway) => flow({ ...gateway, ...tls }),
      { within: ground === "few-descriptors" ? shell : [] },
    );
    const port = (address: string | undefined) => Number(address!.split(":")[1]);
    const { grpc, http, websocket } = served.addresses;
    const target = { grpc: port(grpc), http: port(http), websocket: port(websocket) };
    const field = new Battlefield(served, target, certificates);
    const ca = certificates && await Deno.readTextFile(certificates.path("one.crt"));
    await field.#ask({ do: "begin", target, ...(ca === undefined ? {} : { ca }) });
    return field;
  }

  /** What the client has measured since the last time. */
  async samples(): Promise<ProbeSamples> {
    return (await this.#ask({ do: "take" }))!;
  }

  /** Ends both. @returns why the server ended otherwise than in order */
  async stop(): Promise<string | undefined> {
    // What has no end is a fault, and nothing to wait for.
    const timers = [
      setTimeout(() => this.#probe.kill(), PROBE_STOP_MS),
      setTimeout(() => Deno.kill(this.served.pid, "SIGKILL"), SERVER_STOP_MS),
    ];
    await this.#ask({ do: "end" }).catch(() => {});
    await this.#probe.close();
    try {
      await this.served.stop();
    } catch (thrown) {
      return (thrown as Error).message;
    } finally {
      for (const timer of timers) clearTimeout(timer);
      this.#certificates?.[Symbol.dispose]();
    }
  }

  #ask(task: ProbeTask): Promise<ProbeSamples | null> {
    return this.#probe.ask(task);
  }
}
