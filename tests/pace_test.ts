import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setImmediate, setTimeout } from "node:timers";
import { Pace } from "../src/pace.ts";

/** Works until its slice is used up. */
function spin(pace: Pace): void {
  while (!pace.due);
}

/** Time that goes by in this thread alone, as it says itself: others may have the machine for long. */
async function inOwnTime(work: (pass: (ms: number) => void) => Promise<void>): Promise<void> {
  const { now } = performance;
  let time = now.call(performance);
  performance.now = () => time;
  try {
    await work((ms) => time += ms);
  } finally {
    performance.now = now;
  }
}

Deno.test("Pace is due after its slice, and not before the next one is over", async () => {
  await inOwnTime(async (pass) => {
    const pace = new Pace();
    for (let slice = 0; slice < 2; slice++) {
      assert.equal(pace.due, false);
      pass(1);
      assert.equal(pace.due, false);
      pass(8);
      assert.equal(pace.due, true);
      await pace.breathe();
    }
  });
});

Deno.test("Pace lets timers and sockets have their turn between slices", async () => {
  let fired = false;
  setTimeout(() => fired = true, 1);
  const pace = new Pace();
  for (let slice = 0; slice < 20 && !fired; slice++) {
    spin(pace);
    await pace.breathe();
  }
  assert.ok(fired);
});

Deno.test("of many paces one slice comes at a turn of the loop", async () => {
  let turn = 0;
  let over = false;
  const count = () => {
    turn++;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const turns: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const pace = new Pace();
      await pace.breathe();
      turns.push(turn);
    }),
  );
  over = true;
  assert.equal(new Set(turns).size, 10, `slices in turns ${turns}`);
});

Deno.test("others who are served get as long as the slices take", async () => {
  let others = 0;
  let over = false;
  const serve = () => {
    for (const end = performance.now() + 0.5; performance.now() < end;);
    others++;
    if (!over) setImmediate(serve);
  };
  setImmediate(serve);
  const pace = new Pace();
  const slices = 20;
  for (let slice = 0; slice < slices; slice++) {
    spin(pace);
    await pace.breathe();
  }
  over = true;
  assert.ok(others >= 5 * slices, `${others} turns for others, ${slices} slices`);
});

Deno.test("a new connection is answered within a few slices", async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write("hello");
  let answered = false;
  client.once("data", () => answered = true);
  const pace = new Pace();
  let slices = 0;
  for (; !answered && slices < 500; slices++) {
    spin(pace);
    await pace.breathe();
  }
  client.destroy();
  server.close();
  await once(server, "close");
  // Connecting, hearing and answering are a turn each, on either side.
  assert.ok(slices < 50, `${slices} slices`);
});
