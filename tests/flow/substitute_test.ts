import assert from "node:assert/strict";
import { variablesIn } from "../../src/flow/substitute.ts";
import { errorsOf, load, withEncoder, withGateway } from "./flow_fixture.ts";

const title = (written: string, env: Record<string, string> = {}) =>
  load(withGateway(`title: ${written}`), env).gateway.title;

Deno.test("substituteVariables() knows every spelling of an environment variable", () => {
  const env = { NAME: "x" };
  for (
    const written of [
      "${{ ENV.NAME }}",
      "${{ env.NAME }}",
      "${{ENV.NAME}}",
      "$NAME",
      "${NAME}",
    ]
  ) {
    assert.equal(title(`'${written}'`, env), "x", written);
    assert.equal(title(`'a ${written}-${written}'`, env), "a x-x", written);
  }
});

Deno.test("substituteVariables() gives numbers, switches and lists to keys that want them", () => {
  const { gateway } = load(
    withGateway("port: ${{ ENV.PORTS }}\nprotocol: $PROTOCOLS\ncors: ${CORS}\nprefetch: $N"),
    { PORTS: "[1, 2]", PROTOCOLS: "['grpc', \"http\"]", CORS: "True", N: "'12'" },
  );
  assert.deepEqual(gateway.listeners, [
    { protocol: "grpc", port: 1 },
    { protocol: "http", port: 2 },
  ]);
  assert.equal(gateway.cors, true);
  assert.equal(gateway.prefetch, 12);
});

Deno.test("substituteVariables() takes an empty variable as if the key were not there", () => {
  assert.equal(
    load(withEncoder("device: $DEVICE"), { DEVICE: "" }).executors[0]!.encoder.device,
    "auto",
  );
});

Deno.test("substituteVariables() does not substitute in what it put in", () => {
  assert.equal(title("$A", { A: "$B", B: "no" }), "$B");
});

Deno.test("substituteVariables() leaves a variable without a value and warns", () => {
  const config = load(withGateway("title: for $5 or $NONE"));
  assert.equal(config.gateway.title, "for $5 or $NONE");
  assert.deepEqual(config.warnings, [
    "flow.yml:3:10: with.title: '$NONE' has no value and is left as it is; set it in the environment",
  ]);
  const context = load(withGateway("title: ${{ CONTEXT.x }}"), { x: "env" });
  assert.equal(context.gateway.title, "${{ CONTEXT.x }}");
  assert.match(context.warnings[0]!, /only the environment can be referred to: write \$\{\{ ENV/);
});

Deno.test("substituteVariables() names the missing variable where the value then does not fit", () => {
  assert.deepEqual(errorsOf(withGateway("port: ${{ ENV.PORT }}")), [
    'flow.yml:3:9: with.port: "${{ ENV.PORT }}" does not fit (${{ ENV.PORT }} has no value); ' +
    "expected a whole number from 0 to 65535, or a list of these",
  ]);
});

Deno.test("substituteVariables() looks only at own variables", () => {
  assert.equal(title("$toString"), "$toString");
});

Deno.test("substituteVariables() follows references inside the file", () => {
  const config = load(`with:
  port: 51007
  title: on \${{root.with.port}}
  description: '\${{this.title}}!'
executors:
  - name: e
    uses: {jtype: CLIPEncoder, with: {name: 'of-\${{root.executors[0].name}}'}}
`);
  assert.equal(config.gateway.title, "on 51007");
  assert.equal(config.gateway.description, "on 51007!");
  assert.equal(config.executors[0]!.encoder.name, "of-e");
});

Deno.test("substituteVariables() reports references that lead nowhere or in a circle", () => {
  assert.deepEqual(errorsOf(withGateway("title: ${{root.with.gone}}")), [
    "flow.yml:3:10: with.title: '${{root.with.gone}}' leads to no value; " +
    "expected the path of one in this file, not 'root.with.gone'",
  ]);
  assert.equal(errorsOf(withGateway("title: ${{this.title}}")).length, 1);
  assert.equal(errorsOf(withGateway("title: ${{root.with}}")).length, 1);
  assert.ok(errorsOf(withGateway("title: a${{this.host}}\nhost: a${{this.title}}")).length > 0);
});

Deno.test("substituteVariables() does not let references multiply without end", () => {
  const wide = "${{this.title}}".repeat(2000);
  const text = withGateway(
    `title: ${"x".repeat(100)}\ndescription: '${wide}'\nhost: '${
      "${{this.description}}".repeat(50)
    }'`,
  );
  assert.match(errorsOf(text)[0]!, /leads to no value/);
});

Deno.test("variablesIn() finds the environment's variables, and nothing of the file's own", () => {
  const text = "${{ ENV.A }} ${{env.B}} $C ${D} ${{ root.with.port }} ${{ this.E }} $1 $$ ${{ F }}";
  assert.deepEqual(variablesIn(text), ["A", "B", "C", "D"]);
});
