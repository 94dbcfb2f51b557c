/** Collectors that are slow, full or gone: requests do not feel it, and nothing is kept for long. */
import assert from "node:assert/strict";
import { startTracing } from "../../../src/telemetry/tracing/start.ts";
import { chooseTracing } from "../../../src/telemetry/tracing/settings.ts";
import { LogLines } from "../../support/log_lines.ts";
import { type Answer, OtlpSink } from "../../support/otlp_sink.ts";
import { untilSo } from "../../support/until.ts";

const UNSAID = { wanted: null, host: null, port: null };

/** Tracing to a collector that answers so. */
async function traced(answer: Answer, env: Record<string, string> = {}) {
  const sink = new OtlpSink(answer);
  const lines = new LogLines("INFO");
  const { settings } = chooseTracing(UNSAID, {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    // Which the sink reads.
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "1",
    ...env,
  });
  const tracing = await startTracing(settings!, lines.log);
  return {
    sink,
    lines,
    tracing,
    messages: () => lines.of().map(({ message }) => message),
    request: (count = 1) => {
      for (let i = 0; i < count; i++) tracing.observer.arrived("http").answered("ok", 0, 200);
    },
  };
}

for (const status of [429, 503]) {
  Deno.test(`A collector that says ${status} and when to come again is asked again, and nothing is lost`, async () => {
    let full = true;
    const { sink, tracing, messages, request } = await traced(() => {
      if (!full) return undefined;
      full = false;
      return new Response("", { status, headers: { "retry-after": new Date().toUTCString() } });
    });
    await using _ = sink;
    request(3);
    await untilSo(() => sink.spans.length === 3);
    await tracing.close(10_000);
    assert.deepEqual(messages(), []);
  });
}

Deno.test("A collector that wants to be left alone for an hour costs spans and one line, at once", async () => {
  const { sink, tracing, messages, request } = await traced(() =>
    new Response("", { status: 503, headers: { "retry-after": "3600" } })
  );
  await using _ = sink;
  request();
  await untilSo(() => messages().length > 0);
  await tracing.close(10_000);
  assert.match(messages()[0]!, /^Traces cannot be sent/);
});

Deno.test("A collector that hangs is given up after the timeout, and gets later spans when it is back", async () => {
  const released = Promise.withResolvers<void>();
  let hangs = true;
  const { sink, tracing, messages, request } = await traced(
    async () => {
      if (hangs) await released.promise;
      return undefined;
    },
    { OTEL_EXPORTER_OTLP_TIMEOUT: "200" },
  );
  await using _ = sink;
  request();
  await untilSo(() => messages().length > 0);
  assert.match(messages()[0]!, /^Traces cannot be sent/);
  hangs = false;
  released.resolve();
  // On a busy machine one or another may take longer than the timeout again.
  await untilSo(() => {
    request();
    return messages().at(-1) === "Traces are sent again";
  });
  assert.ok(sink.spans.length > 0);
  await tracing.close(10_000);
});

Deno.test("While a collector hangs, what waits is bounded, and no request takes longer", async () => {
  const released = Promise.withResolvers<void>();
  const { sink, tracing, request } = await traced(async () => {
    await released.promise;
    return undefined;
  }, {
    OTEL_BSP_MAX_QUEUE_SIZE: "64",
    // None is given up while this test takes its time.
    OTEL_EXPORTER_OTLP_TIMEOUT: "600000",
    OTEL_BSP_EXPORT_TIMEOUT: "600000",
  });
  await using _ = sink;
  request();
  await untilSo(() => sink.types.length > 0);
  let longest = 0;
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    request(100);
    longest = Math.max(longest, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve));
  }
  // A hundred of them; a machine that is busy takes its time.
  assert.ok(longest < 1000, `${longest} ms`);
  released.resolve();
  await tracing.close(10_000);
  // One batch was under way, and of 20,000 there was room for one more.
  assert.ok(sink.spans.length <= 129, `${sink.spans.length} spans`);
});

Deno.test("A collector that breaks connections off costs spans and one line", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const lines = new LogLines("INFO");
  const { port } = listener.addr as Deno.NetAddr;
  const { settings } = chooseTracing(UNSAID, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: "1",
    OTEL_EXPORTER_OTLP_TIMEOUT: "100",
  });
  const tracing = await startTracing(settings!, lines.log);
  for (let i = 0; i < 3; i++) {
    tracing.observer.arrived("http").answered("ok", 0, 200);
    await untilSo(() => lines.of().length > 0);
  }
  await tracing.close(10_000);
  listener.close();
  await accepting;
  assert.deepEqual(lines.of().map(({ message }) => message), [
    "Traces cannot be sent: spans are dropped, requests are served as before",
  ]);
});
