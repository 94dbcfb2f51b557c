/** `http_server: deno`: the same tests as over `node:http`, but for what `Deno.serve` cannot do. */
import { openHanded } from "../../support/http_exchange.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { listenDeno } from "../../../src/gateway/http/listen_deno.ts";
import { listenNode } from "../../../src/gateway/http/listen_node.ts";
import type { HttpHandler } from "../../../src/gateway/http/http_exchange.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { empty } from "../../../src/exchange/http.ts";
import { Lifecycle } from "../../../src/service/lifecycle.ts";
import { HTTP_SERVER_VARIABLE } from "../../support/http_server.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const FILES = [
  "tests/dialects/table_test.ts",
  "tests/dialects/jina/http_compression_test.ts",
  "tests/dialects/jina/http_golden_test.ts",
  "tests/dialects/jina/http_hostile_test.ts",
  "tests/dialects/jina/http_test.ts",
  "tests/dialects/jina/websocket_test.ts",
  "tests/gateway/leaving_test.ts",
  "tests/gateway/protocol_matrix_test.ts",
  "tests/gateway/readiness_test.ts",
  "tests/gateway/tls/tls_test.ts",
  "tests/gateway/upgrade_test.ts",
  "tests/playground/playground_test.ts",
];

Deno.test("over Deno.serve all tests of HTTP and WebSocket pass but those of its limits", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      ...FILES,
    ],
    cwd: ROOT,
    env: { [HTTP_SERVER_VARIABLE]: "deno", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, text);
  assert.match(text, /^ok \| \d\d+ passed/m);
});

/** Whether a handler is told in time that its client has left, after so large a body. */
async function tellsOfDeparture(
  listen: typeof listenDeno,
  bytes: number,
  patienceMs: number,
): Promise<boolean> {
  const entered = Promise.withResolvers<void>();
  const told = Promise.withResolvers<boolean>();
  const handler: HttpHandler = async (exchange) => {
    await exchange.pieces(() => {});
    exchange.signal.addEventListener("abort", () => told.resolve(true));
    entered.resolve();
    await told.promise;
    return empty(204);
  };
  const listening = await listen({
    host: "127.0.0.1",
    port: 0,
    protocols: ["http"],
    handler,
    packAlways: false,
    lifecycle: new Lifecycle(),
    ...openHanded(),
    receiveTimeoutMs: 20_000,
    log: SILENT_LOG,
    websocket: undefined,
    tls: undefined,
  });
  const { port } = listening.addresses[0]!;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  for (let left = bytes; left > 0;) left -= await connection.write(new Uint8Array(left));
  await entered.promise;
  connection.close();
  const timer = setTimeout(() => told.resolve(false), patienceMs);
  const result = await told.promise;
  clearTimeout(timer);
  listening.abort();
  await listening.stop();
  return result;
}

Deno.test("node:http tells of departures, and Deno.serve still does not: the reason for the default", async () => {
  assert.equal(await tellsOfDeparture(listenNode, 100_000, 60_000), true);
  assert.equal(
    await tellsOfDeparture(listenDeno, 100_000, 2000),
    false,
    `Deno ${Deno.version.deno} tells again of clients that leave (denoland/deno#34446 was the ` +
      "regression): measure both servers anew, and reconsider the default of `http_server` and " +
      "what DENO_LIMITS, docs/flow.md and docs/architecture.md say",
  );
});
