/** Signs of life, of a server that is a process of its own: it is stopped for a while. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { Program } from "../../support/process.ts";

const CHILD = fileURLToPath(new URL("port_child.ts", import.meta.url));
/** Long beside what the server gives its clients. */
const STOP_MS = 1500;

async function open(options: { autoPong: boolean }): Promise<[Program, WebSocket]> {
  const program = new Program([], { words: ["run", "-A", "--no-check", CHILD] });
  const [, port] = await program.printed(/port (\d+)/);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, options);
  await once(client, "open");
  return [program, client];
}

Deno.test("a client that answered while the server was stopped is not taken for dead", async () => {
  const [program, client] = await open({ autoPong: false });
  const [asked] = await once(client, "ping");
  program.kill("SIGSTOP");
  client.pong(asked);
  await new Promise((resolve) => setTimeout(resolve, STOP_MS));
  program.kill("SIGCONT");
  const next = await Promise.race(
    ["ping", "close"].map((event) => once(client, event).then(() => event)),
  );
  assert.equal(next, "ping");
  client.terminate();
  program.kill("SIGKILL");
  await program.ended();
});

Deno.test("a client that does not answer is left", async () => {
  const [program, client] = await open({ autoPong: false });
  await program.printed(/left/);
  client.terminate();
  program.kill("SIGKILL");
  await program.ended();
});
