import assert from "node:assert/strict";
import { INDEX_OPERATIONS } from "../../src/dialects/jina/indexing/operation.ts";
import { startDemoServer } from "../support/demo_server.ts";
import { startTestServer } from "../support/server.ts";
import { checkDescription, type DescriptionRun } from "./description.ts";

/** So many requests at least, of all runs together. */
const CASES = 2000;

/** Routes that take the same body as another: no other case. */
const SAME = "^/(" + [
  ...["search", "index", "update", "delete", "encode/.*", "rank/.*"],
  ...["embeddings", "embeddings_image", "v1/embeddings_image", "classify", "v1/rerank"],
  ...["", "invocations", "v1/embed", "inference"],
].join("|") + ")$";

Deno.test("the API's description is what is served, in Schemathesis's eyes", async () => {
  await using demo = await startDemoServer();
  // Every rule of the schemas once.
  const rules = await agrees(demo.http, {
    examples: 1,
    seed: 7,
    phases: "examples,coverage",
    more: ["--exclude-path-regex", SAME],
  });
  const madeUp = await agrees(demo.http, { examples: 20, seed: 7, phases: "fuzzing" });
  assert.ok(rules + madeUp >= CASES, `${rules} and ${madeUp} requests`);
});

Deno.test("with keys, what the description says needs one is refused without", async () => {
  const key = "sk-0123456789abcdef";
  await using demo = await startDemoServer({ api_keys: [key] });
  const more = ["--header", `Authorization: Bearer ${key}`];
  await agrees(demo.http, { examples: 3, seed: 7, phases: "examples,fuzzing", more });
});

Deno.test("an indexer's part of the description is what is served", async () => {
  const folder = await Deno.makeTempDir();
  const { server, url } = await startTestServer({
    indexer: [`data_path: ${folder}`, "columns: {price: float, brand: str}"],
  });
  try {
    const names = INDEX_OPERATIONS.join("|");
    // The schema of the body is that of all other operations: every rule of it once is enough.
    await agrees(url, {
      examples: 1,
      seed: 7,
      phases: "examples,coverage",
      more: ["--include-path-regex", "^/search$"],
    });
    await agrees(url, {
      examples: 20,
      seed: 7,
      phases: "examples,fuzzing",
      more: ["--include-path-regex", `^/(${names})(/.*)?$`],
    });
  } finally {
    await server.stop(1000);
    await Deno.remove(folder, { recursive: true });
  }
});

/** How many requests were made, of which none failed. */
async function agrees(url: string, run: DescriptionRun): Promise<number> {
  const { success, report } = await checkDescription(url, run);
  assert.ok(success, report);
  assert.match(report, /Tested: \d+/);
  return Number(/(\d+) generated/.exec(report)![1]);
}
