import assert from "node:assert/strict";
import { join } from "node:path";
import { BUILT_IN_FLOWS, readFlowStream, resolveFlow } from "../../src/cli/flow_source.ts";
import { loadFlow } from "../../src/flow/load.ts";

Deno.test("resolveFlow() finds the built-in flows", () => {
  for (const name of BUILT_IN_FLOWS) {
    const path = resolveFlow(name);
    assert.ok(path.endsWith(join("flows", name)));
    assert.ok(Deno.statSync(path).isFile);
  }
});

Deno.test("resolveFlow() prefers a file that is there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "torch-flow.yml");
    await Deno.writeTextFile(path, "");
    assert.equal(resolveFlow(path), path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("resolveFlow() says what it knows when there is no such flow", () => {
  assert.throws(() => resolveFlow("onx-flow.yml"), {
    name: "UsageError",
    message:
      "There is no flow 'onx-flow.yml'; expected the path of a Flow YAML or a built-in flow" +
      "; did you mean 'onnx-flow.yml'?",
  });
  assert.throws(
    () => resolveFlow("some/other.yaml"),
    /built-in flow \(torch-flow\.yml, onnx-flow\.yml, tensorrt-flow\.yml, demo-flow\.yml, search-flow\.yml\)$/,
  );
});

Deno.test("readFlowStream() reads a flow that comes in pieces, cut inside a character", async () => {
  const bytes = new TextEncoder().encode("with: {title: é}\nexecutors: [{uses: CLIPEncoder}]");
  const cut = bytes.indexOf(0xa9);
  const source = await readFlowStream(
    ReadableStream.from([bytes.subarray(0, cut), bytes.subarray(cut)]),
  );
  assert.equal(loadFlow(source, {}).gateway.title, "é");
});

Deno.test("readFlowStream() refuses what is too large or not text", async () => {
  const stream = (...chunks: Uint8Array[]) => readFlowStream(ReadableStream.from(chunks));
  await assert.rejects(() => stream(new Uint8Array(200_000), new Uint8Array(200_000)), {
    message: "<stdin>: more than 262144 bytes; expected a Flow YAML",
  });
  for (const bytes of [[0xff, 0x00], [0x61, 0xc3]]) {
    await assert.rejects(() => stream(new Uint8Array(bytes)), /<stdin>: not text in UTF-8/);
  }
});
