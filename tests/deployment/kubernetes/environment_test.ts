/** That containers get their variables and arguments as they were given. */
import assert from "node:assert/strict";
import { helmValues } from "../../../src/deployment/helm/values.ts";
import { serverContainer } from "../../../src/deployment/kubernetes/containers.ts";
import { literal } from "../../../src/deployment/kubernetes/environment.ts";
import { ENCODER, planOf } from "../../support/planned_flow.ts";

/** What Kubernetes makes of a text (k8s.io/kubernetes third_party/forked/golang/expansion). */
function expanded(text: string, variables: Record<string, string>): string {
  return text.replace(
    /\$(?:(\$)|\(([^)]*)\))/g,
    (all, dollar, name) => dollar ?? variables[name] ?? all,
  );
}

Deno.test("texts with dollars come through Kubernetes as they were", () => {
  for (const text of ["a", "$", "$$", "$$$", "$(A)", "$$(A)", "a$b", "$A $(A) $$A$", "$(B)$"]) {
    assert.equal(expanded(literal(text), { A: "other" }), text);
  }
});

Deno.test("variables of a server are given literally, by the manifests and by the chart's values", async () => {
  const value = "$(PATH) costs 5$$";
  const plan = await planOf(`jtype: Flow\n${ENCODER}`, {
    options: { variables: [{ name: "GREETING", value }] },
  });
  const given = serverContainer(plan).env.find(({ name }) => name === "GREETING");
  assert.ok(given && "value" in given);
  assert.equal(expanded(given.value, { PATH: "/bin" }), value);
  assert.equal(helmValues(plan, {}).env.GREETING, given.value);
});
