/** The program itself as the bench starts it: `main.ts` with a flow, in a process of its own. */
import { fileURLToPath } from "node:url";
import { type Holdings, holdings } from "./growth.ts";
import { benchFlow, type BenchModel, type FlowSettings } from "./model.ts";
import { TextLineStream } from "./text_lines.ts";
import type { Protocol } from "./work.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** What the server's counters say at one moment. */
export interface Counters {
  /** performance.now() */
  at: number;
  embeddings: { text: number; image: number };
  /** Minibatches. */
  batches: { text: number; image: number };
  /** CPU seconds of the process, all threads together. */
  cpuSeconds: number;
  /** Seconds that sessions computed, all replicas together. */
  busySeconds: number;
  preprocessSeconds: { text: number; image: number };
  /** Sum over minibatches of the share of padding. */
  padding: number;
}

/** What the program can be asked to speak. */
export type ServedProtocol = Protocol | "websocket";

/** How a server of a model's own files is started. */
export interface FileSettings {
  /** `main.ts` of the tree that is to serve; this one's by default. */
  main?: string;
  protocols?: readonly ServedProtocol[];
  replicas?: number;
  /** More keys of the encoder's `with`. */
  encoder?: Record<string, unknown>;
  /** Environment variables. */
  env?: Record<string, string>;
  /** What reads the files: `clip_torch` takes checkpoints. */
  runtime?: "clip_onnx" | "clip_torch";
}

/** How the program is started. */
export interface ProgramSettings {
  /** `main.ts` of the tree that is to serve; this one's by default. */
  main?: string;
  env?: Record<string, string>;
  /** Words before the command line: a program that executes it in its own place. */
  within?: readonly string[];
}

/** A running server. */
export class Served {
  readonly #child: Deno.ChildProcess;
  readonly #metrics: string;
  readonly addresses: Partial<Record<ServedProtocol, string>>;
  /** From the start of the process to its banner. */
  readonly startMs: number;
  readonly #file: string;

  private constructor(
    child: Deno.ChildProcess,
    metrics: string,
    addresses: Partial<Record<ServedProtocol, string>>,
    startMs: number,
    file: string,
  ) {
    this.#child = child;
    this.#metrics = metrics;
    this.addresses = addresses;
    this.startMs = startMs;
    this.#file = file;
    this.atStart = this.holds();
  }

  /** What it held when it was ready. */
  readonly atStart: Holdings;

  /** Starts it; resolves when it is ready. */
  static start(
    model: BenchModel,
    protocols: readonly Protocol[],
    settings: FlowSettings = {},
  ): Promise<Served> {
    return Served.startFlow(
      protocols,
      (gateway) => benchFlow(model, { ...settings, gateway: { ...gateway, ...settings.gateway } }),
      { env: { CLIPLINE_CACHE: model.cache } },
    );
  }

  /** Starts it with a checkpoint, or by default with a directory of ONNX files. */
  static startFiles(
    path: string,
    settings: FileSettings = {},
  ): Promise<Served> {
    const { main = MAIN, protocols = ["http"], env = {} } = settings;
    return Served.startFlow(protocols, (gateway) => filesFlow(path, gateway, settings), {
      main,
      env,
    });
  }

  /**
   * Starts it with a flow of the caller's.
   * @param flow makes its text; what it is given belongs into `with:`
   */
  static async startFlow(
    protocols: readonly ServedProtocol[],
    flow: (gateway: Record<string, unknown>) => string,
    { main = MAIN, env = {}, within = [] }: ProgramSettings = {},
  ): Promise<Served> {
    const [metrics, ...ports] = freePorts(1 + protocols.length);
    const file = await Deno.makeTempFile({ suffix: ".yml" });
    await Deno.writeTextFile(
      file,
      flow({ protocol: protocols, port: ports, monitoring: true, port_monitoring: metrics }),
    );
    const began = performance.now();
    const [program, ...args] = [...within, Deno.execPath(), "run", "-A", "--no-check", main, file];
    const child = new Deno.Command(program!, {
      args,
      env: { ...env, JINA_LOG_LEVEL: "ERROR", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextLineStream()).getReader();
    while (true) {
      const { value, done } = await lines.read();
      if (done) throw new Error("The server ended before it was ready");
      if (value.includes("is ready")) break;
    }
    const startMs = performance.now() - began;
    (async () => {
      while (!(await lines.read()).done);
    })();
    const addresses = Object.fromEntries(
      protocols.map((protocol, i) => [protocol, `127.0.0.1:${ports[i]}`]),
    );
    return new Served(child, `http://127.0.0.1:${metrics}/metrics`, addresses, startMs, file);
  }

  /** The process's id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Its page of metrics. */
  async page(): Promise<string> {
    return await (await fetch(this.#metrics)).text();
  }

  /** Reads its counters. */
  async counters(): Promise<Counters> {
    const page = await this.page();
    const at = performance.now();
    const sum = (name: string, label = "") => {
      let total = 0;
      for (const line of page.split("\n")) {
        if (line.startsWith(`${name}{`) && line.includes(label)) {
          total += Number(line.slice(line.lastIndexOf(" ")));
        }
      }
      return total;
    };
    const both = (name: string) => ({
      text: sum(name, 'modality="text"'),
      image: sum(name, 'modality="image"'),
    });
    return {
      at,
      cpuSeconds: this.#cpuSeconds(),
      embeddings: both("clipline_embeddings_total"),
      batches: both("clipline_batch_items_count"),
      busySeconds: sum("clipline_replica_busy_seconds_total"),
      preprocessSeconds: both("clipline_preprocess_seconds_sum"),
      padding: sum("clipline_text_padding_ratio_sum"),
    };
  }

  /** MiB resident now, and the most that ever was. */
  memory(): { resident: number; peak: number } {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    const mib = (key: string) =>
      Math.round(Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024);
    return { resident: mib("VmRSS"), peak: mib("VmHWM") };
  }

  #cpuSeconds(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** What the process holds now. */
  holds(): Holdings {
    return holdings(this.#child.pid);
  }

  /** Resolves when its descriptors have stopped to become fewer. */
  async settle(): Promise<void> {
    for (let i = 0, before = Infinity; i < 20; i++) {
      const { descriptors } = this.holds();
      if (descriptors >= before && descriptors <= this.atStart.descriptors + 2) return;
      before = descriptors;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Gauges that are zero when nobody asks anything. */
  async leftovers(): Promise<Record<string, number>> {
    const page = await this.page();
    const names = ["clipline_held_bytes", "clipline_running_items", "clipline_queue_items"];
    names.push("clipline_requests_in_flight");
    return Object.fromEntries(names.map((name) => [
      name,
      page.split("\n").filter((line) => line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0),
    ]));
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended by itself: its exit code says how.
    }
    const { code } = await this.#child.status;
    await Deno.remove(this.#file);
    if (code !== 0) throw new Error(`The server ended with code ${code}`);
  }
}

/** A flow over a model's files. @param gateway keys of its `with:` */
export function filesFlow(
  path: string,
  gateway: Record<string, unknown>,
  { replicas = 2, runtime = "clip_onnx", encoder = {} }: FileSettings = {},
): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", ...gateway },
    executors: [{
      name: "bench",
      replicas,
      uses: {
        jtype: "CLIPEncoder",
        with: {
          name: "soak",
          model_path: path,
          device: "cpu",
          num_worker_preprocess: 1,
          ...encoder,
        },
        metas: { py_modules: [`clip_server.executors.${runtime}`] },
      },
    }],
  });
}

/**
 * Below those that Linux gives to servers at port 0 and to connections that leave (from 32768 on): one
 * of these, found free, may be somebody's when the server has started.
 */
const [FIRST_PORT, PORTS] = [30_000, 2_700];
let nextPort = Math.floor(PORTS * Math.random());

function freePorts(count: number): number[] {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + nextPort++ % PORTS;
    if (isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ port }).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AddrInUse) return false;
    throw thrown;
  }
}
