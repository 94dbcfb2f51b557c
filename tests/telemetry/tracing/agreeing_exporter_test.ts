/** JSON for collectors that take it, protobuf for those that do not. */
import assert from "node:assert/strict";
import { startTracing } from "../../../src/telemetry/tracing/start.ts";
import { chooseTracing } from "../../../src/telemetry/tracing/settings.ts";
import { LogLines } from "../../support/log_lines.ts";
import { type Answer, OtlpSink } from "../../support/otlp_sink.ts";
import { untilSo } from "../../support/until.ts";

const UNSAID = { wanted: null, host: null, port: null };
const JSON_TYPE = "application/json";
const PROTOBUF = "application/x-protobuf";

/** Sends three spans one after the other. @returns what came, and what was logged. */
async function sendThree(answer: Answer): Promise<{ types: unknown[]; lines: LogLines }> {
  await using sink = new OtlpSink(answer);
  const lines = new LogLines("INFO");
  const { settings } = chooseTracing(UNSAID, {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_BSP_SCHEDULE_DELAY: "1",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1",
  });
  const tracing = await startTracing(settings!, lines.log);
  for (let i = 0; i < 3; i++) {
    const before = sink.types.length;
    tracing.observer.arrived("http").answered("ok", 0, 200);
    await untilSo(() => sink.types.length > before);
    // What is refused is sent again.
    await new Promise((resolve) => setTimeout(resolve));
  }
  await tracing.close(10_000);
  return { types: sink.types, lines };
}

Deno.test("A collector that takes JSON gets JSON", async () => {
  const { types, lines } = await sendThree(() => undefined);
  assert.deepEqual(types, [JSON_TYPE, JSON_TYPE, JSON_TYPE]);
  assert.deepEqual(lines.of(), []);
});

for (const status of [400, 415]) {
  Deno.test(`A collector that refuses JSON with ${status} gets the same spans in protobuf, and all later ones`, async () => {
    const { types, lines } = await sendThree((request) =>
      request.headers.get("content-type") === JSON_TYPE ? new Response("", { status }) : undefined
    );
    assert.equal(types[0], JSON_TYPE);
    assert.equal(types.filter((type) => type === PROTOBUF).length, 3);
    assert.equal(types.at(-1), PROTOBUF);
    assert.deepEqual(lines.of().map(({ message, instead }) => [message, instead]), [
      ["The collector does not take this protocol", "http/protobuf"],
    ]);
  });
}

Deno.test("A collector that refuses both is ill, and one that is too busy is not asked in protobuf", async () => {
  const both = await sendThree(() => new Response("", { status: 400 }));
  assert.ok(both.types.includes(PROTOBUF));
  assert.deepEqual(both.lines.of().map(({ message }) => message), [
    "Traces cannot be sent: spans are dropped, requests are served as before",
  ]);
  const busy = await sendThree(() => new Response("", { status: 500 }));
  assert.ok(!busy.types.includes(PROTOBUF));
  assert.equal(busy.lines.of().length, 1);
});
