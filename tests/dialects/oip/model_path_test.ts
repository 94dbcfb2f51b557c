import assert from "node:assert/strict";
import { parseModelPath } from "../../../src/dialects/oip/model_path.ts";

Deno.test("a path names a model, perhaps its version, and what is wanted of it", () => {
  const cases: Record<string, [string, string, string]> = {
    "/v2/models/demo": ["demo", "", ""],
    "/v2/models/demo/infer": ["demo", "", "infer"],
    "/v2/models/demo/versions/1": ["demo", "1", ""],
    "/v2/models/demo/versions/1/infer": ["demo", "1", "infer"],
    "/v2/models/ViT-B%2F32/ready": ["ViT-B/32", "", "ready"],
    "/v2/models/ViT-B/32/ready": ["ViT-B/32", "", "ready"],
    "/v2/models/ViT-B-32%3A%3Aopenai/config": ["ViT-B-32::openai", "", "config"],
    "/v2/models/a%20b/versions/x%2Fy/stats": ["a b", "x/y", "stats"],
    "/v2/models/infer/infer": ["infer", "", "infer"],
    "/v2/models/demo/trace/setting": ["demo", "", "trace/setting"],
  };
  for (const [path, [name, version, what]] of Object.entries(cases)) {
    assert.deepEqual(parseModelPath(path), { name, version, what }, path);
  }
  for (const path of ["/v2/models/", "/v2/models", "/v2/other/x", "/v2/models/%zz/infer"]) {
    assert.equal(parseModelPath(path), undefined, path);
  }
});
