/** The headers of text-embeddings-inference, over the engine. */
import assert from "node:assert/strict";
import { startTestServer } from "../../support/server.ts";
import { post } from "./ask.ts";

Deno.test("headers tell of characters, of the model's tokens, and of times in milliseconds", async () => {
  const { server, url } = await startTestServer();
  try {
    const inputs = ["a red circle", "caf\u00e9 \u{1f389}"];
    const [tokens] = await Promise.all([post(`${url}/tokenize`, { inputs })]);
    const ids = tokens.value.flat().length;
    const { headers } = await post(`${url}/embed`, { inputs });
    assert.equal(headers.get("x-compute-type"), "cpu+optimized");
    assert.equal(headers.get("x-compute-characters"), "18");
    assert.equal(headers.get("x-compute-tokens"), `${ids}`);
    const time = (name: string) => {
      const text = headers.get(name);
      assert.match(text ?? "", /^\d+$/, name);
      return Number(text);
    };
    const total = time("x-total-time");
    assert.equal(time("x-compute-time"), total);
    const steps = ["x-tokenization-time", "x-queue-time", "x-inference-time"].map(time);
    // Each is rounded by itself.
    assert.ok(steps.reduce((sum, step) => sum + step) <= total + 2, `${steps} of ${total}`);
  } finally {
    await server.stop(1000);
  }
});
