import assert from "node:assert/strict";
import { nextSteps } from "../../../src/deployment/kubernetes/next_steps.ts";
import { secrets } from "../../../src/deployment/kubernetes/secrets.ts";
import { ENCODER, planOf } from "../../support/planned_flow.ts";

const FLOW = `jtype: Flow
with:
  ssl_certfile: s.pem
  ssl_keyfile: "s key.pem"
  api_keys: [{file: keys.txt}]
${ENCODER}`;
const FILES = ["s.pem", "s key.pem", "keys.txt"];

function plan() {
  const variables = [{ name: "HF_TOKEN", value: "hf_abc" }, { name: "PLAIN", value: "x" }];
  return planOf(FLOW, { files: FILES, options: { variables } });
}

Deno.test("Secrets hold files in base64 and variables as they are", async () => {
  const made = secrets(
    await plan(),
    { namespace: "vision" },
    (source) => new TextEncoder().encode(`of ${source.slice(-5)}`),
  );
  assert.deepEqual(made.map(({ kind, metadata, type }) => [kind, metadata.name, type]), [
    ["Secret", "clipline-tls", "kubernetes.io/tls"],
    ["Secret", "clipline-api-keys", "Opaque"],
    ["Secret", "clipline-env", "Opaque"],
  ]);
  assert.deepEqual(made[0]!.data, { "tls.crt": btoa("of s.pem"), "tls.key": btoa("of y.pem") });
  assert.deepEqual(made[2]!.stringData, { HF_TOKEN: "hf_abc" });
});

Deno.test("what is to be done next begins with Secrets that are not written, without their values", async () => {
  const lines = nextSteps(await plan(), { namespace: "vision" }, {
    folder: "my manifests",
    withSecrets: false,
  });
  const text = lines.join("\n");
  assert.match(
    text,
    /create secret tls clipline-tls --cert=\/\S+\/s\.pem --key='\/\S+\/s key\.pem'/,
  );
  assert.match(text, /generic clipline-api-keys --from-file=keys\.txt=\/\S+\/keys\.txt/);
  assert.match(text, /generic clipline-env --from-literal=HF_TOKEN="\$HF_TOKEN"/);
  assert.match(text, /kubectl apply -f 'my manifests'/);
  assert.match(text, /kubectl -n vision rollout status deployment\/clipline/);
  assert.doesNotMatch(text, /hf_abc/);
  const low = { ...await plan(), ports: [{ name: "http", port: 443, protocols: [], tls: true }] };
  const steps = nextSteps(low, {}, { folder: "out", withSecrets: true }).join("\n");
  assert.match(steps, /port-forward service\/clipline 8443:443$/m);
  const written = nextSteps(await plan(), {}, { folder: "out", withSecrets: true }).join("\n");
  assert.doesNotMatch(written, /create secret/);
});
