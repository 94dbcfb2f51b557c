/** Values that nobody means: the chart refuses them in words, or makes of them what Kubernetes takes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { seededRandom } from "../../support/seeded_random.ts";
import { assertValid, type Manifest } from "../manifests/checked.ts";
import { CHART, objectsOf, template, WITH_OPERATOR } from "./chart.ts";

/** Of each kind of value something, and texts that YAML reads as something else. */
const ODD: readonly unknown[] = [
  ...[null, true, -1, 0, 1.5, 1e10, "", "on", "1e3", "Upper", "ü x", "4Gi", "x: y\nz: {{"],
  ...["a".repeat(300), [], ["a"], [{}], {}, { a: "b" }, { "bad key!": "x" }],
];

/** Programs of Helm at a time. */
const SIDE_BY_SIDE = 3;
const RUNS = 150;

/** All keys of the values, and of what is in them. */
function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  const below = typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))
    : [];
  return path.length === 0 ? below : [[...path], ...below];
}

Deno.test("an odd value is refused in words, or makes what Kubernetes takes", async () => {
  const random = seededRandom(19);
  const paths = pathsIn(parse(Deno.readTextFileSync(join(CHART, "values.yaml"))));
  assert.ok(paths.length > 90);
  const sets = new Map<string, Manifest[]>();
  const left = Array.from({ length: RUNS }, () => ({
    path: paths[random.below(paths.length)]!,
    value: ODD[random.below(ODD.length)]!,
  }));
  let refused = 0;
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { path, value } = next;
      const title = `${path.join(".")}: ${JSON.stringify(value)}`;
      const values = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
      const { ok, said } = await template(values, WITH_OPERATOR);
      if (ok) {
        sets.set(title, objectsOf(said));
        continue;
      }
      refused++;
      // By the schema, or by the chart's own checks: not by a template that fails on the way.
      assert.match(said, /don't meet the specifications|execution error at \(.*flow\.yaml/, title);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  assert.ok(refused > RUNS / 2 && sets.size > 5, `${refused} refused, ${sets.size} made`);
  await assertValid(sets);
});
