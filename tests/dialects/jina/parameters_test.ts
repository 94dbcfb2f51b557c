/** Parameters that are refused whatever they say. */
import assert from "node:assert/strict";
import { ParameterError, readParameters } from "../../../src/dialects/jina/parameters.ts";
import { openGateways } from "../../support/gateways.ts";

Deno.test("a language is refused: no model takes one", async () => {
  for (const given of [{ language: "de" }, { clip_t__language: "deu_Latn" }]) {
    assert.throws(() => readParameters(given, "clip_t"), (error) => {
      assert.ok(error instanceof ParameterError);
      assert.deepEqual(error.detail[0]?.loc, ["body", "parameters", "language"]);
      assert.match(error.message, /no model here takes the language of a text.*Leave it out/);
      return true;
    });
  }
  // Of another executor, or none at all.
  assert.deepEqual(readParameters({ other__language: "de", language: null }, "clip_t"), {});

  await using gateways = await openGateways({ protocol: "http" });
  const answer = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a" }], parameters: { language: "de" } }),
  });
  assert.equal(answer.status, 422);
  assert.match(
    await answer.text(),
    /multilingual ones \(SigLIP 2, XLM-RoBERTa, M-CLIP\) find it out/,
  );
});
