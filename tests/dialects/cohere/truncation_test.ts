import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../../src/dispatch/threaded_tokenizer.ts";
import { DemoHttp } from "../../support/demo_http.ts";

const LONG = "a green star ".repeat(40) + "and a red circle";

Deno.test("texts that are too long, as Cohere's clients want them", async (t) => {
  await using server = await DemoHttp.start();
  const post = (more: Record<string, unknown>, texts = [LONG]) =>
    server.post("/v2/embed", { texts, ...more });
  const vector = async (more: Record<string, unknown>, texts = [LONG]) => {
    const { status, body } = await post(more, texts);
    assert.equal(status, 200, JSON.stringify(body));
    return body.embeddings.float[0];
  };

  await t.step("they are cut at the end unless something else is asked for", async () => {
    assert.deepEqual(await vector({}), await vector({ truncate: "END" }));
    assert.deepEqual(await vector({}), await vector({}, [LONG + " and more"]));
  });

  await t.step("START keeps their last tokens, and tells the text as it was sent", async () => {
    const last = await new ThreadedTokenizer().keepLast(LONG);
    assert.ok(LONG.endsWith(last) && last.length < LONG.length);
    const { body } = await post({ truncate: "START" });
    assert.deepEqual(body.embeddings.float[0], await vector({}, [last]));
    assert.notDeepEqual(body.embeddings.float[0], await vector({}));
    assert.deepEqual(body.texts, [LONG]);
  });

  await t.step("NONE refuses them by their place, and takes what fits", async () => {
    const { status, body } = await post({ truncate: "NONE" }, ["a star", LONG]);
    assert.equal(status, 400);
    assert.match(body.message, /'texts.1' is longer than the model reads.*77 tokens/);
    assert.equal((await post({ truncate: "NONE" }, ["a star"])).status, 200);
  });

  await t.step("max_tokens is a bound: texts are not cut to it", async () => {
    const { status, body } = await post({ max_tokens: 4 }, ["a star", "a red circle"]);
    assert.equal(status, 400);
    assert.match(body.message, /'max_tokens': 'texts.1' has more than 4 tokens/);
    assert.equal((await post({ max_tokens: 5 }, ["a star", "a red circle"])).status, 200);
    assert.deepEqual(await vector({ max_tokens: 1000 }), await vector({}));
  });
});
