import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import { HeldBytes, NO_HOLD } from "../../../src/gateway/admission/held_bytes.ts";
import { readBody } from "../../../src/gateway/http/body.ts";
import { exchangeOf } from "../../support/http_exchange.ts";

Deno.test("readBody() gives up a body that stands still", async () => {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
    },
  });
  for (const headers of [{}, { "content-encoding": "gzip" }] as Record<string, string>[]) {
    const [body] = headers["content-encoding"] ? [new ReadableStream()] : [stream];
    const request = new Request("http://host/", {
      method: "POST",
      headers,
      body: body as BodyInit,
    });
    await assert.rejects(
      readBody(exchangeOf(request), 1000, NO_HOLD, 5),
      (error) => error instanceof ClipError && error.kind === "deadline",
    );
  }
});

Deno.test("readBody() tells a client that left from a coding that is broken", async () => {
  for (const headers of [{}, { "content-encoding": "gzip" }] as Record<string, string>[]) {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new TypeError("connection reset"));
      },
    });
    const request = new Request("http://host/", { method: "POST", headers, body });
    await assert.rejects(
      readBody(exchangeOf(request), 1000),
      (error) => error instanceof ClipError && error.kind === "cancelled",
    );
  }
});

Deno.test("readBody() takes memory for what arrives, not for what is announced", async () => {
  const announced = 200 * 1024 * 1024;
  const before = Deno.memoryUsage().external;
  const { promise: never } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({ pull: () => never });
  const headers = { "content-length": String(announced) };
  const request = new Request("http://host/", { method: "POST", headers, body });
  const reading = readBody(exchangeOf(request), announced, NO_HOLD, 50);
  await Promise.resolve();
  assert.ok(Deno.memoryUsage().external - before < announced / 10);
  await assert.rejects(reading);
});

Deno.test("readBody() holds what it keeps, and is refused when others hold too much", async () => {
  const bytes = new HeldBytes(1_000_000);
  const send = (size: number) =>
    exchangeOf(new Request("http://x/", { method: "POST", body: new Uint8Array(size) }));
  const first = bytes.open();
  assert.equal((await readBody(send(600_000), 1_000_000, first)).length, 600_000);
  assert.ok(bytes.held >= 600_000 && bytes.held <= 1_000_000, `${bytes.held}`);
  const second = bytes.open();
  await assert.rejects(readBody(send(600_000), 1_000_000, second), { kind: "overloaded" });
  second.release();
  first.release();
  assert.equal(bytes.held, 0);
  const third = bytes.open();
  assert.equal((await readBody(send(600_000), 1_000_000, third)).length, 600_000);
});
