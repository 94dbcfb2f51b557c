import assert from "node:assert/strict";
import { dockerStages, isIgnored, valuesOf } from "./dockerfile.ts";

Deno.test("dockerStages() joins continued lines and passes over comments between them", () => {
  const [a, b] = dockerStages(
    "# head\nFROM x AS a\nRUN one \\\n  # why\n  && two\n\nfrom y\nCOPY --from=a /p /q\n",
  );
  assert.deepEqual(valuesOf(a!, "FROM"), ["x AS a"]);
  assert.deepEqual(valuesOf(a!, "RUN"), ["one   && two"]);
  assert.deepEqual(b!.map(({ name }) => name), ["FROM", "COPY"]);
});

Deno.test("isIgnored() knows names, folders and endings", () => {
  const rules = "docs\ntools/demo-model\n*.log\n";
  const out = ["docs", "docs/a.md", "tools/demo-model/x.py", "a.log"];
  const kept = ["docs2/a", "tools/healthcheck.ts", "models/demo/config.json", "src/docs/a"];
  for (const path of out) assert.ok(isIgnored(path, rules), path);
  for (const path of kept) assert.ok(!isIgnored(path, rules), path);
});
