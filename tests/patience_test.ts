import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { afterPatience } from "../src/patience.ts";
import { Program } from "./support/process.ts";

const CHILD = fileURLToPath(new URL("patience_child.ts", import.meta.url));

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

Deno.test("what came while the process was stopped is seen before anybody is given up", async () => {
  const program = new Program([], { words: ["run", "-A", "--no-check", CHILD] });
  const [, port] = await program.printed(/port (\d+)/);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await program.printed(/waiting/);
  program.kill("SIGSTOP");
  await client.write(Uint8Array.of(1));
  // Long beside what it gives its client.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  program.kill("SIGCONT");
  assert.equal((await program.printed(/heard|given up/))[0], "heard");
  client.close();
  await program.ended();
});

Deno.test("a limit beyond what timers count is as good as none", async () => {
  const end = afterPatience(Infinity, () => assert.fail("given up"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  end();
});
