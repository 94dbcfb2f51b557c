/** A real OpenTelemetry Collector, and what it has taken: built by Go once, kept in the user's cache. */
import { join } from "node:path";
import { output } from "../../../bench/peers/environment.ts";
import { ownPorts } from "../own_port.ts";
import { testEnvironment } from "../test_environment.ts";
import { until } from "../until.ts";
import { type OtlpTraces, type Span, spansOf } from "./spans.ts";

const BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.165.0";
const MANIFEST = new URL("builder.yaml", import.meta.url);

/** A running collector; `await using` ends it. */
export class Collector implements AsyncDisposable {
  /** Ports of OTLP over gRPC and over HTTP. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** All spans that it has handed on. */
  readonly spans: Span[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #sink: Deno.HttpServer;
  readonly #folder: string;
  readonly #log: Promise<string>;

  private constructor(
    { grpcPort, httpPort }: { grpcPort: number; httpPort: number },
    child: Deno.ChildProcess,
    sink: Deno.HttpServer,
    folder: string,
    taken: { into: (traces: OtlpTraces) => void },
  ) {
    this.grpcPort = grpcPort;
    this.httpPort = httpPort;
    this.#child = child;
    this.#sink = sink;
    this.#folder = folder;
    this.#log = new Response(child.stderr).text();
    taken.into = (traces) => this.spans.push(...spansOf(traces));
  }

  /**
   * Starts it.
   * @throws {Error} it cannot be built: what needs it cannot be tested then, and is not passed over.
   */
  static async start(): Promise<Collector> {
    const program = await build();
    const taken = { into: (_: OtlpTraces) => {} };
    const sink = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      taken.into(await request.json());
      return Response.json({});
    });
    const [grpcPort, httpPort] = await ownPorts(2) as [number, number];
    const ports = { grpcPort, httpPort };
    const folder = await Deno.makeTempDir({ prefix: "clipline_otelcol_" });
    const config = join(folder, "config.json");
    await Deno.writeTextFile(config, JSON.stringify(configOf(ports, sink.addr.port)));
    const child = new Deno.Command(program, {
      args: ["--config", config],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const collector = new Collector(ports, child, sink, folder, taken);
    await Promise.all([collector.#listening(ports.grpcPort), collector.#listening(ports.httpPort)]);
    return collector;
  }

  /** The spans of a trace, once there are so many that fit. */
  async trace(traceId: string, fits: (spans: readonly Span[]) => boolean): Promise<Span[]> {
    const own = () => this.spans.filter((span) => span.traceId === traceId);
    return await until(
      () => new Promise<Span[]>((resolve) => setTimeout(() => resolve(own()))),
      fits,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#log;
    await this.#sink.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #listening(port: number): Promise<void> {
    let ended: string | undefined;
    this.#child.status.then(async () => ended = await this.#log);
    await until(async () => {
      if (ended !== undefined) throw new Error(`The collector has ended: ${ended}`);
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return true;
      } catch {
        return false;
      }
    }, (open) => open);
  }
}

/** Has the collector look at a configuration. @throws {Error} what it has against it. */
export async function checkConfiguration(text: string): Promise<void> {
  const program = await build();
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    await output(program, ["validate", "--config", file]);
  } finally {
    await Deno.remove(file);
  }
}

async function build(): Promise<string> {
  const manifest = await Deno.readTextFile(MANIFEST);
  const folder = await testEnvironment("otelcol", BUILDER + manifest, async (folder) => {
    const file = join(folder, "builder.yaml");
    await Deno.writeTextFile(file, manifest.replace("./build", join(folder, "build")));
    await output("go", ["run", BUILDER, "--config", file]);
  });
  return join(folder, "build", "otelcol");
}

function configOf(
  { grpcPort, httpPort }: { grpcPort: number; httpPort: number },
  sinkPort: number,
): unknown {
  const protocols = {
    grpc: { endpoint: `127.0.0.1:${grpcPort}` },
    http: { endpoint: `127.0.0.1:${httpPort}` },
  };
  const at_once = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  const endpoint = `http://127.0.0.1:${sinkPort}`;
  return {
    receivers: { otlp: { protocols } },
    exporters: { otlp_http: { endpoint, encoding: "json", compression: "none", ...at_once } },
    service: {
      telemetry: { metrics: { level: "none" } },
      pipelines: { traces: { receivers: ["otlp"], exporters: ["otlp_http"] } },
    },
  };
}
