/** What is embedded is the same in both dialects and however it is sent; by a real model. */
import assert from "node:assert/strict";
import sharp from "sharp";
import { startTestServer } from "../../support/server.ts";
import { joinElements, joinTexts, rowsOf } from "./tensors.ts";

const WIDTH = 40;
const HEIGHT = 30;

Deno.test("embeddings are those of /encode in length 1, of texts, files and pixels", async () => {
  const { server, url } = await startTestServer();
  try {
    const texts = ["a red circle", "größe"];
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => i * 7);
    const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    const png = new Uint8Array(await sharp(pixels, { raw }).png().toBuffer());
    const expected = await encode(url, [
      ...texts.map((text) => ({ text })),
      { blob: png.toBase64() },
    ]);
    const named = (name: string, count: number) => ({ name, shape: [count], datatype: "BYTES" });
    const found = [
      ...await infer(url, named("TEXT", 2), joinTexts(texts), true),
      ...await infer(url, named("IMAGE", 1), joinElements([png]), true),
    ];
    near(found, expected.map(unitLength));
    const shape = [2, HEIGHT, WIDTH, 3];
    const both = new Uint8Array([...pixels, ...pixels]);
    const ofPixels = { name: "PIXELS", shape, datatype: "UINT8" };
    near(await infer(url, ofPixels, both, true), [found[2]!, found[2]!]);
    near(await infer(url, named("TEXT", 2), joinTexts(texts), false), expected.slice(0, 2));

    const stats = await (await fetch(`${url}/v2/models/clip_o/stats`)).json();
    const [{ inference_count, execution_count, inference_stats }] = stats.model_stats;
    assert.equal(inference_count, 7);
    // Of /encode two minibatches or more, and of these four requests at least one each.
    assert.ok(execution_count >= 6, String(execution_count));
    assert.equal(inference_stats.success.count, 4);
    assert.ok(inference_stats.compute_infer.ns > 0);
    const { success, queue, compute_input, compute_infer, compute_output } = inference_stats;
    const parts = [queue, compute_input, compute_infer, compute_output];
    assert.ok(parts.reduce((sum, { ns }) => sum + ns, 0) <= success.ns);
  } finally {
    await server.stop(1000);
  }
});

Deno.test("a large answer of numbers and many texts in JSON are what small ones are", async () => {
  const { server, url } = await startTestServer();
  try {
    const data = Array.from({ length: 3000 }, (_, i) => `text ${i % 10}`);
    const input = { name: "TEXT", shape: [data.length], datatype: "BYTES", data };
    const answer = await fetch(`${url}/v2/models/clip_o/infer`, {
      method: "POST",
      body: JSON.stringify({ inputs: [input] }),
    });
    const [output] = (await answer.json()).outputs;
    const [count, size] = output.shape;
    assert.equal(output.data.length, count * size);
    const ten = await infer(
      url,
      { name: "TEXT", shape: [10], datatype: "BYTES" },
      joinTexts(data.slice(0, 10)),
      true,
    );
    near(
      data.map((_, i) => output.data.slice(i * size, (i + 1) * size)),
      data.map((_, i) => ten[i % 10]!),
    );
  } finally {
    await server.stop(1000);
  }
});

async function encode(url: string, data: unknown[]): Promise<number[][]> {
  const answer = await fetch(`${url}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data }),
  });
  const documents: { embedding: number[] }[] = (await answer.json()).data;
  return documents.map(({ embedding }) => embedding);
}

async function infer(
  url: string,
  input: Record<string, unknown>,
  raw: Uint8Array,
  normalize: boolean,
): Promise<number[][]> {
  const json = new TextEncoder().encode(JSON.stringify({
    parameters: { binary_data_output: true, ...(normalize ? {} : { normalize }) },
    inputs: [{ ...input, parameters: { binary_data_size: raw.length } }],
  }));
  const header = "inference-header-content-length";
  const answer = await fetch(`${url}/v2/models/clip_o/infer`, {
    method: "POST",
    headers: { [header]: String(json.length) },
    body: new Uint8Array([...json, ...raw]),
  });
  const bytes = await answer.bytes();
  const length = Number(answer.headers.get(header));
  const [{ shape }] = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))).outputs;
  return rowsOf(bytes.subarray(length), shape[1]);
}

function unitLength(row: readonly number[]): number[] {
  const norm = Math.hypot(...row);
  return row.map((value) => value / norm);
}

function near(found: readonly number[][], expected: readonly number[][]): void {
  assert.equal(found.length, expected.length);
  for (const [i, row] of found.entries()) {
    const far = row.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - expected[i]![j]!)),
      0,
    );
    assert.ok(row.length > 0 && far < 1e-4, `row ${i} is off by ${far}`);
  }
}
