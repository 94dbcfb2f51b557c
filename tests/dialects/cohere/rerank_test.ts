import assert from "node:assert/strict";
import { DemoHttp } from "../../support/demo_http.ts";
import { BLUE_SQUARE, dataUri, RED_CIRCLE } from "../../support/shape_pictures.ts";

const DOCUMENTS = ["a green star", "a circle, red", "a blue square"];

/** One of a rerank's results. */
interface Result {
  index: number;
  relevance_score: number;
  document?: { text: string };
}

Deno.test("Cohere's /v2/rerank", async (t) => {
  await using server = await DemoHttp.start();
  const ranked = async (body: unknown, path = "/v2/rerank", headers = {}): Promise<Result[]> => {
    const { status, body: answer } = await server.post(path, body, headers);
    assert.equal(status, 200, JSON.stringify(answer));
    const version = path.slice(2, 3);
    assert.deepEqual(answer.meta, {
      api_version: { version },
      billed_units: { search_units: 1 },
    });
    return answer.results;
  };
  const indices = (results: Result[]) => results.map(({ index }) => index);

  await t.step("orders texts by their cosine to the query", async () => {
    const results = await ranked({ model: "demo", query: "a red circle", documents: DOCUMENTS });
    assert.deepEqual(indices(results), [1, 2, 0]);
    const scores = results.map(({ relevance_score: score }) => score);
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    const own = await ranked({ query: DOCUMENTS[2], documents: DOCUMENTS });
    assert.equal(own[0]!.index, 2);
    assert.ok(Math.abs(own[0]!.relevance_score - 1) < 1e-5);
  });

  await t.step("gives the best only, if so many are wanted", async () => {
    const body = { query: "a red circle", documents: DOCUMENTS, top_n: 1 };
    assert.deepEqual(indices(await ranked(body)), [1]);
    assert.equal((await ranked({ ...body, top_n: 10 })).length, 3);
  });

  await t.step("takes an image for the query, or among the documents", async () => {
    const query = dataUri(BLUE_SQUARE);
    assert.equal((await ranked({ query, documents: DOCUMENTS }))[0]!.index, 2);
    const documents = [dataUri(BLUE_SQUARE), dataUri(RED_CIRCLE)];
    assert.deepEqual(indices(await ranked({ query: "a red circle", documents })), [1, 0]);
  });

  await t.step("/v1/rerank gives documents back to those who ask, in Cohere's manner", async () => {
    const body = {
      query: "a red circle",
      documents: [{ text: DOCUMENTS[0] }, DOCUMENTS[1]],
      return_documents: true,
    };
    const headers = { "x-fern-sdk-name": "cohere" };
    const [best, other] = await ranked(body, "/v1/rerank", headers);
    assert.deepEqual([best!.index, best!.document], [1, { text: DOCUMENTS[1] }]);
    assert.deepEqual([other!.index, other!.document], [0, { text: DOCUMENTS[0] }]);
    assert.ok(!("document" in (await ranked(body))[0]!));
  });

  await t.step("says which document is wrong", async () => {
    const refused = async (body: unknown, reason: RegExp) => {
      const { status, body: answer } = await server.post("/v2/rerank", body);
      assert.equal(status, 400);
      assert.match(answer.message, reason);
    };
    await refused({ query: "a", documents: [] }, /'documents': it must be a list that is not/);
    await refused({ documents: ["a"] }, /'query'/);
    await refused({ query: "a", documents: ["a", { title: "b" }] }, /'documents.1/);
    await refused({ query: "a", documents: ["a", "data:image/png;base64,AA"] }, /^documents.1: /);
    await refused({ query: "data:image/png;base64,AA", documents: ["a"] }, /^query: /);
    await refused({ query: "a", documents: ["a"], top_n: 0 }, /'top_n'/);
  });
});
