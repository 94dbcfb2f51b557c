/** A stream of any length takes the memory of its window. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Program } from "../support/process.ts";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const run = (name: string, ...args: string[]) =>
  new Program(args, { words: ["run", "-A", "--no-check", file(name)] });

/** Bytes that it may grow by, once it has found its size: far less than the items take. */
const MAX_GROWTH = 80e6;
const MAX_BYTES = 400e6;

Deno.test("memory does not grow with the number of items", async (t) => {
  const server = run("cheap_server.ts");
  const ports = JSON.parse((await server.printed(/\{.*\}/))[0]);
  try {
    for (const [protocol, items] of [["ws", 1_000_000], ["grpc", 300_000], ["http", 300_000]]) {
      await t.step(`${items} items (${protocol})`, async () => {
        const url = `${protocol}://127.0.0.1:${ports[protocol!]}`;
        const client = run("endless_client.ts", url, String(items));
        assert.equal(await client.ended(), 0, client.stderr);
        const { seen, early, late } = JSON.parse(client.stdout);
        assert.equal(seen, items);
        assert.ok(late - early < MAX_GROWTH, `it grew from ${early} to ${late} bytes`);
        assert.ok(late < MAX_BYTES, `it took ${late} bytes`);
      });
    }
  } finally {
    server.kill("SIGTERM");
    await server.ended();
  }
});
