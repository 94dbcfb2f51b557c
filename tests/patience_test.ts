import assert from "node:assert/strict";
import { afterPatience } from "../src/patience.ts";

/** Keeps the event loop from turning. */
function standStill(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

Deno.test("afterPatience() gives up after its time, once, and not before", async () => {
  const began = performance.now();
  let given = 0;
  await new Promise<void>((resolve) =>
    afterPatience(20, () => {
      given++;
      resolve();
    })
  );
  assert.ok(performance.now() - began >= 19);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(given, 1);
});

Deno.test("afterPatience() gives nobody up whose wait has ended", async () => {
  const end = afterPatience(4, () => assert.fail("its wait had ended"));
  end();
  end();
  await new Promise<void>((resolve) => afterPatience(20, resolve));
});

Deno.test("what came while the process stood still is seen before anybody is given up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr as Deno.NetAddr;
  const client = await Deno.connect({ hostname, port });
  const server = await listener.accept();
  const order: string[] = [];
  const read = server.read(new Uint8Array(1)).then(() => order.push("it came"));
  const given = new Promise<void>((resolve) =>
    afterPatience(400, () => {
      order.push("given up");
      resolve();
    })
  );
  const sent = client.write(Uint8Array.of(1));
  standStill(1000);
  await Promise.all([read, given, sent]);
  assert.deepEqual(order, ["it came", "given up"]);
  client.close();
  server.close();
});

Deno.test("a limit beyond what timers count is as good as none", async () => {
  const end = afterPatience(Infinity, () => assert.fail("given up"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  end();
});
