// The same as refused_python.py for the clients of Node.
import { base, Checks, KEY } from "./_kit.mjs";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenAIEmbeddings } from "@langchain/openai";
import { APICallError, embed } from "ai";
import OpenAI from "openai";

const url = base(), c = new Checks(), refusal = process.env.ACCEPT_REFUSAL;
const status = { key: 401, overload: 429 }[refusal];
const model = "default", baseURL = `${url}/v1`;
const calls = {
  openai: (apiKey) => new OpenAI({ baseURL, apiKey, maxRetries: 0 }).embeddings.create({ model, input: "x" }),
  "LangChain.js": (apiKey) => new OpenAIEmbeddings({ model, apiKey, maxRetries: 0, configuration: { baseURL } }).embedQuery("x"),
  ai: (apiKey) =>
    embed({
      model: createOpenAICompatible({ name: "clip", baseURL, apiKey }).embeddingModel(model),
      value: "x",
      maxRetries: 0,
    }),
};
const raised = {
  openai: (e) => e instanceof { key: OpenAI.AuthenticationError, overload: OpenAI.RateLimitError }[refusal],
  "LangChain.js": (e) => e.status === status,
  ai: (e) => APICallError.isInstance(e) && e.statusCode === status && e.isRetryable === (refusal === "overload"),
};
for (const [name, call] of Object.entries(calls)) {
  if (refusal === "key") await c(`${name}: the right key`, async () => await call(KEY) !== undefined);
  await c.raises(`${name}: its error for ${status}`, () => call("sk-not-this-one-here"), raised[name]);
}
c.end();
