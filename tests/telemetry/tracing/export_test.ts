/** Spans on their way out: every protocol to a real collector, and collectors that are away or ill. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startTracing, type Tracing } from "../../../src/telemetry/tracing/start.ts";
import { chooseTracing } from "../../../src/telemetry/tracing/settings.ts";
import { ExportTrouble } from "../../../src/telemetry/tracing/watched_exporter.ts";
import { LogLines } from "../../support/log_lines.ts";
import { Collector } from "../../support/otel_collector/collector.ts";
import { OtlpSink } from "../../support/otlp_sink.ts";
import { Program } from "../../support/process.ts";
import { testFlow } from "../../support/server.ts";
import { untilSo } from "../../support/until.ts";

/** Tracing to a port of this machine, as a flow turns it on. */
async function start(port: number, env: Record<string, string>, lines = new LogLines("INFO")) {
  const flow = { wanted: true, host: "127.0.0.1", port };
  const { settings } = chooseTracing(flow, { OTEL_BSP_SCHEDULE_DELAY: "1", ...env });
  return { tracing: await startTracing(settings!, lines.log), lines };
}

/** So many requests, each with one span. @returns their traces. */
function request({ observer }: Tracing, count = 1): string[] {
  return Array.from({ length: count }, () => {
    const watch = observer.arrived("http");
    watch.answered("ok", 0, 200);
    return watch.context!.traceId;
  });
}

Deno.test("Spans arrive by gRPC, protobuf over HTTP and JSON over HTTP", async () => {
  await using collector = await Collector.start();
  for (const protocol of ["grpc", "http/protobuf", "http/json"]) {
    const port = protocol === "grpc" ? collector.grpcPort : collector.httpPort;
    const { tracing, lines } = await start(port, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    const ids = request(tracing, 3);
    await tracing.close(10_000);
    for (const id of ids) assert.equal((await collector.trace(id, (s) => s.length > 0)).length, 1);
    assert.deepEqual(lines.of(), [], protocol);
  }
});

/** A collector that is not one. */
const ILL: Record<string, (request: Request) => Response | Promise<Response>> = {
  "that refuses": () => new Response("no", { status: 400 }),
  "that has a fault": () => new Response("<html>", { status: 500 }),
  "that answers with a redirect": () => Response.redirect("http://127.0.0.1:1/"),
};
for (const [name, handler] of Object.entries(ILL)) {
  Deno.test(`A collector ${name} costs spans and one line`, async () => {
    await using sink = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
    const { tracing, lines } = await start(sink.addr.port, env);
    for (let i = 0; i < 3; i++) {
      request(tracing, 600);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await tracing.close(10_000);
    // The package may have a word of its own.
    const said = lines.of().filter(({ message }) => message !== "OpenTelemetry says");
    assert.equal(said.length, 1, JSON.stringify(said));
    assert.match(said[0]!.message, /^Traces cannot be sent: spans are dropped/);
    assert.ok(lines.of().length <= 2, JSON.stringify(lines.of()));
  });
}

Deno.test("An answer of garbage counts as taken", async () => {
  await using sink = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response(crypto.getRandomValues(new Uint8Array(1000)));
  });
  const { tracing, lines } = await start(sink.addr.port, {
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  });
  request(tracing, 600);
  await tracing.close(10_000);
  assert.ok(lines.of().length <= 1);
});

Deno.test("A collector that is silent holds up neither requests nor the stop", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of listener) open.push(conn);
  })();
  const env = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_BSP_MAX_QUEUE_SIZE: "100" };
  const { tracing, lines } = await start((listener.addr as Deno.NetAddr).port, env);
  request(tracing, 10);
  await untilSo(() => open.length > 0);
  // More than there is room for.
  request(tracing, 1000);
  const began = performance.now();
  await tracing.close(50);
  assert.ok(performance.now() - began < 5000);
  assert.deepEqual(lines.of().map(({ message }) => message), [
    "The last traces could not be sent in time",
  ]);
  // What is under way still is given an answer that ends it.
  const refusal = new TextEncoder().encode("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n");
  await untilSo(() => {
    for (const conn of open) conn.write(refusal).catch(() => {});
    return lines.of().length > 1;
  });
  listener.close();
  await accepting;
  for (const conn of open) conn.close();
});

Deno.test("A collector that is away is told once, and again when it is back", () => {
  const lines = new LogLines("INFO");
  let now = 0;
  const trouble = new ExportTrouble(lines.log, () => now);
  for (let i = 0; i < 100; i++) trouble.lost(5, "connect ECONNREFUSED");
  assert.deepEqual(lines.of().map(({ spans }) => spans), [5]);
  now += 600_000;
  trouble.lost(5, "connect ECONNREFUSED");
  assert.deepEqual(lines.of().map(({ spans }) => spans), [5, 505]);
  trouble.arrived();
  trouble.arrived();
  assert.equal(lines.of().length, 3);
  assert.equal(lines.of().at(-1)!["lost"], 505);
  trouble.lost(1, "connect ECONNREFUSED");
  assert.equal(lines.of().length, 4);
});

Deno.test("The program is traced as the environment says, with the rights of the image, to its stop", async () => {
  await using collector = await Collector.start();
  await using started = await startProgram({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.httpPort}`,
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_SERVICE_NAME: "pictures",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name=other",
    OTEL_TRACES_SAMPLER: "parentbased_always_off",
  });
  const { program } = started;
  const [, url] = await program.printed(/"(http:\/\/[^"]+)"/);
  const id = crypto.randomUUID().replaceAll("-", "");
  for (const traceparent of [`00-${id}-${id.slice(16)}-01`, ""]) {
    const response = await fetch(`${url}/encode`, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent },
      body: JSON.stringify({ data: [{ text: "one" }] }),
    });
    assert.equal(response.status, 200, await response.text());
  }
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 0, program.stderr);
  assert.match(
    program.stderr,
    /"Requests are traced","to":"http:\/\/127[^"]+","protocol":"http\/protobuf"/,
  );
  const spans = collector.spans.filter(({ traceId }) => traceId === id);
  assert.ok(spans.some(({ name }) => name === "compute"));
  assert.equal(collector.spans.length, spans.length);
  assert.equal(spans[0]!.resource["service.name"], "pictures");
  assert.equal(spans[0]!.resource["deployment.environment.name"], "test");
});

Deno.test("Variables that are wrong are told, each once and without secrets, and the program serves and traces", async () => {
  await using sink = new OtlpSink();
  await using started = await startProgram({
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_COMPRESSION: "zstd",
    OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=known,hidden",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere/ca.pem",
    OTEL_EXPORTER_OTLP_INSECURE: "1",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name",
    OTEL_SERVICE_NAME: " ",
  });
  const { program } = started;
  const [, url] = await program.printed(/"(http:\/\/[^"]+)"/);
  const response = await fetch(`${url}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "one" }] }),
  });
  assert.equal(response.status, 200, await response.text());
  program.kill("SIGTERM");
  assert.equal(await program.ended(), 0, program.stderr);
  const said = program.stderr.split("\n").filter((line) => line.includes('"tracing"'));
  const about = said.map((line) => /"message":"(OTEL_\w+)/.exec(line)?.[1]);
  assert.deepEqual(about.filter((name) => name !== undefined).toSorted(), [
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_RESOURCE_ATTRIBUTES",
  ]);
  // Beside these only that requests are traced.
  assert.equal(said.length, 7, said.join("\n"));
  assert.doesNotMatch(program.stderr, /hidden|known/);
  const [span] = sink.spans;
  assert.equal(span!.resource["service.name"], "clipline");
  assert.equal(span!.resource["deployment.environment.name"], undefined);
});

/** The program over the fixture model, with the rights of the image; it is ended with the folder. */
async function startProgram(env: Record<string, string>) {
  const folder = await Deno.makeTempDir({ prefix: "clipline_traced_" });
  const file = join(folder, "flow.yml");
  await Deno.writeTextFile(file, await testFlow());
  const program = new Program([file], {
    permissions: [
      ...["--frozen", "--cached-only", "--no-prompt", "--allow-net", "--allow-read"],
      ...["--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"],
    ],
    env: { LOG_FORMAT: "json", ...env },
  });
  return {
    program,
    async [Symbol.asyncDispose]() {
      try {
        program.kill("SIGKILL");
      } catch {
        // It has ended, as it should.
      }
      await program.ended();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
