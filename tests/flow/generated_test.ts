/** What is generated from the declared keys, and that it is up to date. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { BUILT_IN_FLOWS } from "../../src/cli/flow_source.ts";
import { flowJsonSchema } from "../../src/flow/json_schema.ts";
import { loadFlow } from "../../src/flow/load.ts";
import { FlowError } from "../../src/flow/problem.ts";
import { flowKeysHelp, flowReference } from "../../src/flow/reference.ts";
import { SECTIONS } from "../../src/flow/section.ts";
import { generatedFlowFiles } from "../../tools/generate_flow_docs.ts";
import { withEncoder, withGateway } from "./flow_fixture.ts";

const flowFile = (name: string) => new URL(`../../flows/${name}`, import.meta.url);

Deno.test("generatedFlowFiles() are in the project as they should be", () => {
  for (const { path, content } of generatedFlowFiles()) {
    assert.equal(
      Deno.readTextFileSync(path),
      content,
      `${path} is out of date: run deno run -A tools/generate_flow_docs.ts`,
    );
  }
});

Deno.test("the reference, the help text and the JSON Schema name every key", () => {
  const schema = JSON.stringify(flowJsonSchema([]));
  for (const shape of SECTIONS) {
    for (const [name, { doc, expected }] of Object.entries(shape.keys)) {
      assert.ok(doc.endsWith("."), `${shape.title}.${name} has a paragraph`);
      assert.ok(expected.length > 0);
      assert.ok(flowReference().includes(`| \`${name}\` |`), name);
      assert.ok(flowKeysHelp().includes(`    ${name} `), name);
      assert.ok(schema.includes(`"${name}":`), name);
    }
    const both = shape.ignored.filter((name) =>
      Object.hasOwn(shape.keys, name) || Object.hasOwn(shape.parts, name)
    );
    assert.deepEqual(both, [], `${shape.title} both reads and passes over`);
  }
});

Deno.test("flowJsonSchema() offers the models, and nothing that means nothing", () => {
  const { $defs } = flowJsonSchema(["ViT-B-32::openai"]) as {
    $defs: Record<string, { properties: Record<string, Record<string, unknown>> }>;
  };
  const encoder = Object.values($defs).find(({ properties }) => properties.minibatch_size)!;
  assert.deepEqual(encoder.properties.name!.examples, ["ViT-B-32::openai"]);
  for (const { properties } of Object.values($defs)) {
    for (const [name, property] of Object.entries(properties)) {
      assert.equal(property.doNotSuggest, property.deprecated, name);
      assert.doesNotMatch(JSON.stringify(property), /"format"/, name);
    }
  }
});

Deno.test("flowKeysHelp() keeps to its width", () => {
  for (const line of flowKeysHelp(80).split("\n")) assert.ok(line.length <= 80, line);
});

for (const name of BUILT_IN_FLOWS) {
  Deno.test(`${name} is valid and names its schema`, () => {
    const text = Deno.readTextFileSync(flowFile(name));
    assert.ok(text.startsWith("# yaml-language-server: $schema=flow.schema.json\n"));
    let problems: readonly { key: string }[] = [];
    try {
      const config = loadFlow({ path: flowFile(name).pathname }, {});
      assert.deepEqual(config.warnings, []);
      assert.equal(config.gateway.listeners[0]!.protocol, "grpc");
      assert.equal(config.gateway.listeners[0]!.port, 51000);
    } catch (thrown) {
      if (!(thrown instanceof FlowError)) throw thrown;
      problems = thrown.problems;
    }
    // The demo's model is made by a tool of its own and may not be there yet.
    assert.deepEqual(problems.filter(({ key }) => !key.endsWith("model_path")), []);
  });
}

Deno.test("flowJsonSchema() takes good flows and refuses bad ones", () => {
  const schema = z.fromJSONSchema(flowJsonSchema([]) as Parameters<typeof z.fromJSONSchema>[0]);
  const takes = (text: string) => schema.safeParse(parse(text)).success;
  for (const name of BUILT_IN_FLOWS) assert.ok(takes(Deno.readTextFileSync(flowFile(name))), name);
  const good = [
    withGateway("port: 51000\nprotocol: [grpc, http]\nprotocols: http\ntracing: true"),
    withGateway("port: ${{ ENV.PORT }}\ncors: $CORS\nprotocol: $P"),
    withGateway("title:\ntimeout_send: -1\nenv: {A: b}"),
    withGateway("cors: [https://a.example, http://localhost:3000]"),
    withEncoder("device: cuda:3\nname: 5\ndtype: fp16\npool_backend: thread"),
  ];
  for (const text of good) assert.ok(takes(text), text);
  const bad = [
    "jtype: Flow",
    "executors: []",
    "jtype: Flaw\nexecutors: [{uses: CLIPEncoder}]",
    withGateway("prot: 1"),
    withGateway("port: 65536"),
    withGateway("protocol: [grpc, ftp]"),
    withEncoder("minibatch_size: 0"),
    withEncoder("minibatch_size: 1.5"),
    withEncoder("device: gpu"),
    withEncoder("jit: 3"),
  ];
  for (const text of bad) assert.ok(!takes(text), text);
});
