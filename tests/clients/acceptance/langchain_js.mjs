// LangChain.js: OpenAIEmbeddings with another address.
import { base, Checks, KEY, model as pick, PREFIX, TEXTS } from "./_kit.mjs";
import { allSame, same, texts, unit } from "./_reference.mjs";
import { OpenAIEmbeddings } from "@langchain/openai";

const url = base(), c = new Checks(), model = await pick(url);
console.log(`# @langchain/openai, model ${model}`);
const wanted = await texts(url);
const make = (more = {}) =>
  new OpenAIEmbeddings({ model, apiKey: KEY, maxRetries: 0, configuration: { baseURL: url + PREFIX }, ...more });

await c("embedQuery", async () => same(await make().embedQuery(TEXTS[0]), wanted[0]));
await c("embedDocuments in order", async () => allSame(await make().embedDocuments(TEXTS), wanted));
await c("batches of two", async () => allSame(await make({ batchSize: 2 }).embedDocuments([...TEXTS, ...TEXTS]), [...wanted, ...wanted]));
await c("dimensions", async () => same(await make({ dimensions: 8 }).embedQuery(TEXTS[0]), unit(wanted[0].slice(0, 8))));
await c.raises(
  "an unknown model is a 404 with code model_not_found",
  () => make({ model: "no-such-model" }).embedQuery("x"),
  (e) => e.status === 404 && e.code === "model_not_found",
);
c.end();
