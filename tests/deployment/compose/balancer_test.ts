/** The balancer of a Compose file, as a text. */
import assert from "node:assert/strict";
import { planFlow } from "../../../src/cli/export/plan_flow.ts";
import { balancerConfig } from "../../../src/deployment/compose/balancer_config.ts";

Deno.test("the balancer of a Compose file has the times and rules of deploy/haproxy", async () => {
  const shipped = ["haproxy.cfg", "passthrough.cfg"]
    .map((name) =>
      Deno.readTextFileSync(new URL(`../../../deploy/haproxy/${name}`, import.meta.url))
    )
    .flatMap((text) => text.split("\n").map((line) => line.trim()));
  const { plan } = await planFlow("demo", { replicas: { least: 2, most: 2 } });
  const rules =
    /^(timeout|retries|option|retry-on|http-check|balance|tune|hard-stop|hold|http-request|http-error|http-after-response)\b/;
  const own = balancerConfig(plan).split("\n").map((line) => line.trim());
  const ruling = own.filter((line) => rules.test(line));
  assert.ok(ruling.length > 20);
  assert.deepEqual(ruling.filter((line) => !shipped.includes(line)), []);
  const times = "inter 1s fall 2 rise 1 on-marked-down shutdown-sessions";
  assert.ok(shipped.some((line) => line.includes(times)));
  assert.equal(own.filter((line) => line.includes(times)).length, 2);
});

Deno.test("no two proxies of the balancer of a Compose file have one name, which HAProxy 3.3 refuses", async () => {
  const { plan } = await planFlow("demo", { replicas: { least: 2, most: 2 } });
  const names = [...balancerConfig(plan).matchAll(/^(?:frontend|backend) (\S+)$/gm)]
    .map(([, name]) => name);
  assert.equal(names.length, 4);
  assert.equal(new Set(names).size, names.length);
});
