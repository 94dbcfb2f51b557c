/** Attacks on a real server, while a client that behaves well measures itself. */
import assert from "node:assert/strict";
import { Harness } from "./harness.ts";
import { ATTACKS } from "./table.ts";

Deno.test("No client can stop the others", async (t) => {
  await using harness = new Harness(false);
  for (const attack of ATTACKS) {
    await t.step(attack.name, async () => {
      const { faults } = await harness.judge(attack);
      assert.deepEqual(faults, []);
    });
  }
});
