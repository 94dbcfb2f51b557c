/**
 * Jina's own client calls endpoints by any name, and looks for one among the paths that the API's
 * description has: those of other dialects too.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output } from "../../bench/peers/environment.ts";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";
import { startTestServer } from "../support/server.ts";

const PROGRAM = fileURLToPath(new URL("call_endpoints.py", import.meta.url));
const LIST = new URL("requirements/clip-client-0.8.3.txt", import.meta.url);

/** What call_endpoints.py prints of each endpoint. */
interface Seen {
  embedding: number[];
  scores: number[];
}

/** Of Jina's users, and of other dialects. */
const EMBED = [
  ...["/", "/encode", "/index", "/search", "/update", "/delete", "/post", "/default", "/foo"],
  ...["/embed", "/embed_all", "/embeddings", "/v1/embeddings", "/embeddings_image", "/v2/embed"],
  ...["/classify", "/predict", "/similarity", "/tokenize", "/decode", "/vectorize", "/infer"],
  ...["/models", "/health", "/info", "/ping", "/meta", "embed", "predict/"],
];
const RANK = ["/rank", "/rerank", "rerank"];

Deno.test("Jina's client embeds and ranks by endpoints of any name, those of other dialects too", async () => {
  const python = await pythonEnvironment(LIST);
  const { server, url } = await startTestServer();
  try {
    const printed = await output(python, [PROGRAM, url, ...EMBED, ...RANK], QUIET_CLIP_CLIENT);
    const seen: Record<string, Seen> = JSON.parse(printed.trim().split("\n").at(-1)!);
    const embedded = seen["/encode"]!;
    assert.equal(embedded.embedding.length, 64);
    assert.deepEqual(embedded.scores, []);
    for (const endpoint of EMBED) assert.deepEqual(seen[endpoint], embedded, endpoint);
    const ranked = seen["/rank"]!;
    assert.equal(ranked.scores.length, 2);
    for (const endpoint of RANK) assert.deepEqual(seen[endpoint], ranked, endpoint);
  } finally {
    await server.stop(1000);
  }
});
