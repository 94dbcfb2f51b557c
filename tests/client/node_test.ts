/** The npm package: in Node, the same cases as in Deno; and its types, for who writes TypeScript. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { exact, NodeProject, oldestNode } from "./node_project.ts";
import { withServers } from "./place.ts";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const RUNNER = `
import test from "node:test";
import * as library from "clipline-client";
import { CASES } from "./suite.js";
const servers = JSON.parse(process.env.SERVERS);
for (const { name, run } of CASES) test(name, () => run({ ...servers, library }));
`;

const WITHOUT_GRPC = `
import { ClipClient } from "clipline-client";
const thrown = await new ClipClient("grpc://localhost:1").encode(["a"]).catch((error) => error);
console.log(thrown.kind, thrown.message);
`;

Deno.test("The npm package in Node", async (t) => {
  await using project = await NodeProject.create();
  const [node, ...words] = oldestNode();

  await t.step("says which package gRPC needs, where it is not installed", async () => {
    await project.write("without_grpc.js", WITHOUT_GRPC);
    const { text } = await project.run(node, [...words, "without_grpc.js"]);
    assert.match(text, /^usage gRPC needs the package @grpc\/grpc-js: npm install/);
  });

  await t.step("passes the cases", async () => {
    await project.install(exact("@grpc/grpc-js"));
    await project.compile(file("suite/mod.ts"), "suite.js");
    await project.write("run.js", RUNNER);
    await withServers(async (servers) => {
      const env = { SERVERS: JSON.stringify(servers) };
      const args = [...words, "--test-reporter=spec", "run.js"];
      const { ok, text } = await project.run(node, args, env);
      assert.ok(ok, text.slice(text.indexOf("failing tests")));
      assert.match(text, /pass [5-9]\d/);
      assert.match(text, /fail 0/);
    });
  });

  for (const [module, resolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    await t.step(`is typed, for module resolution '${resolution}'`, async () => {
      const source = await Deno.readTextFile(file("consumer.ts"));
      await project.write("consumer.ts", source);
      const { ok, text } = await project.run(Deno.execPath(), [
        "run",
        "-A",
        `npm:${exact("typescript")}/tsc`,
        ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"],
        ...["--target", "es2022", "--lib", "es2022,esnext.disposable,dom,dom.asynciterable"],
        ...["--module", module!, "--moduleResolution", resolution!, "consumer.ts"],
      ]);
      assert.ok(ok, text);
    });
  }
});
