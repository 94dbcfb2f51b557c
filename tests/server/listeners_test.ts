import assert from "node:assert/strict";
import { loadFlow } from "../../src/flow/load.ts";
import { startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { ownPort } from "../support/own_port.ts";
import { testFlow } from "../support/server.ts";

Deno.test("a port in use ends the start, and the ports opened before it are closed", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const freePort = await ownPort();
  const text = (await testFlow({ protocol: "[http, grpc]" }))
    .replace("port: 0", `port: [${freePort}, ${port}]`);
  await assert.rejects(
    startServer(loadFlow({ text, name: "flow.yml" }, {}), { log: SILENT_LOG }),
    new RegExp(`[Pp]ort ${port} of 127.0.0.1`),
  );
  Deno.listen({ hostname: "127.0.0.1", port: freePort }).close();
  taken.close();
});
