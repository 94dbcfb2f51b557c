/**
 * Throws where nobody catches, in every manner that callbacks have, and says how many were heard. (What
 * a socket's `connect` and `close` throw Deno 2.9.6 keeps to itself.)
 */
import { createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { nextTick } from "node:process";
import { setImmediate } from "node:timers";
import { LastGuard } from "../../src/server/last_guard.ts";
import { logFromEnv } from "../../src/telemetry/log.ts";

let looks = 0;
// Each fault is told, as if they came a minute apart.
const guard = new LastGuard(logFromEnv("test", {}), () => 60_000 * looks++);
if (Deno.args[0] === "guarded") guard.install();
const thrown: string[] = [];

function fail(where: string): void {
  thrown.push(where);
  throw new Error(`in ${where}`);
}

const server = createServer((request, response) => {
  request.once("end", () => {
    response.destroy();
    fail("a request's end");
  });
  request.resume();
});
server.listen(0, async () => {
  const { port } = server.address() as AddressInfo;
  setTimeout(() => fail("a timer"));
  setImmediate(() => fail("an immediate"));
  nextTick(() => fail("a tick"));
  queueMicrotask(() => fail("a microtask"));
  void Promise.resolve().then(() => fail("a promise"));
  const broken = connect({ port }, () => {
    thrown.push("nobody's listener");
    broken.destroy(new Error("in nobody's listener"));
  });
  get({ port, agent: false }, (response) => response.resume()).on("error", () => {});
  while (thrown.length < 7 || guard.uncaught < 7) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${guard.uncaught} ${thrown.length}\n`));
  Deno.exit(0);
});
