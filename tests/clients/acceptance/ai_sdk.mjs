// Vercel's AI SDK with @ai-sdk/openai-compatible: embed, embedMany, dimensions, its errors.
import { base, Checks, KEY, model as pick, PREFIX, TEXTS } from "./_kit.mjs";
import { allSame, same, texts, unit } from "./_reference.mjs";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, cosineSimilarity, embed, embedMany } from "ai";

const url = base(), c = new Checks(), model = await pick(url);
console.log(`# ai, @ai-sdk/openai-compatible, model ${model}`);
const wanted = await texts(url);
const provider = createOpenAICompatible({ name: "clip", baseURL: url + PREFIX, apiKey: KEY });
const known = provider.embeddingModel(model);
const quick = { maxRetries: 0 };

const one = await embed({ model: known, value: TEXTS[0], ...quick });
await c("embed", () => same(one.embedding, wanted[0]));
await c("usage", () => one.usage.tokens > 0);
const many = await embedMany({ model: known, values: TEXTS, ...quick });
await c("embedMany in order", () => allSame(many.embeddings, wanted));
await c("cosineSimilarity of equal texts", () => cosineSimilarity(one.embedding, many.embeddings[0]) > 1 - 1e-6);
await c("dimensions by providerOptions", async () => {
  const providerOptions = { openaiCompatible: { dimensions: 8 } };
  const { embedding } = await embed({ model: known, value: TEXTS[0], providerOptions, ...quick });
  return same(embedding, unit(wanted[0].slice(0, 8)));
});
await c.raises(
  "an unknown model is an APICallError of 404 that is not tried again",
  () => embed({ model: provider.embeddingModel("no-such-model"), value: "x", ...quick }),
  (e) => APICallError.isInstance(e) && e.statusCode === 404 && !e.isRetryable && e.message.includes("no-such-model"),
);
await c.raises(
  "dimensions too large are an APICallError of 400",
  () => embed({ model: known, value: "x", providerOptions: { openaiCompatible: { dimensions: 1e6 } }, ...quick }),
  (e) => APICallError.isInstance(e) && e.statusCode === 400,
);
c.end();
