/** What only the engine knows: tokens, and that texts and images come back as they went. */
import assert from "node:assert/strict";
import { startTestServer } from "../../support/server.ts";

const PICTURE = new URL("../../fixtures/images/files/webp_1x1.webp", import.meta.url);

Deno.test("usage counts the tokens of the texts, cut ones as they are cut, and none for images", async () => {
  const { server, url } = await startTestServer();
  try {
    const ask = async (input: unknown) => {
      const answer = await fetch(`${url}/v1/embeddings`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input }),
      });
      const body = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(body));
      return body;
    };
    const picture = (await Deno.readFile(PICTURE)).toBase64();
    // "hello", and the start and the end of a text.
    assert.deepEqual((await ask("hello")).usage, { prompt_tokens: 3, total_tokens: 3 });
    assert.equal((await ask(["hello", "hello hello"])).usage.prompt_tokens, 7);
    // Known already, which costs nothing but is no fewer tokens.
    assert.equal((await ask("hello")).usage.prompt_tokens, 3);
    assert.equal((await ask("word ".repeat(500))).usage.prompt_tokens, 77);
    const image = await ask([{ image: picture }, "hello"]);
    assert.deepEqual(image.usage, { prompt_tokens: 3, total_tokens: 3 });
    for (const { embedding } of image.data) {
      assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
    }
  } finally {
    await server.stop(1000);
  }
});
