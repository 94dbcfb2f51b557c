/** Configs beside a model reach the pixels, for checkpoints and for ONNX files. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryStore } from "../model/store/fakes.ts";
import { fixtureBytes } from "../checkpoint/fixture_files.ts";
import { difference } from "../graph/tower_session.ts";
import type { Question } from "../support/embed_http.ts";
import { ModelServer } from "../support/model_server.ts";
import { onnxModel } from "../support/onnx_model.ts";

const STATISTICS = { image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.3, 0.3, 0.3] };
const SQUASH = {
  ...STATISTICS,
  do_center_crop: false,
  size: { height: 64, width: 64 },
  resample: 2,
};

/** A wide image whose ends differ from its middle: what is cut off shows. */
function wide(): Question {
  const [width, height] = [192, 64];
  const header = new TextEncoder().encode(`P6 ${width} ${height} 255\n`);
  const bytes = new Uint8Array(header.length + width * height * 3);
  bytes.set(header);
  for (let i = 0; i < width * height * 3; i++) {
    const x = Math.floor(i / 3) % width;
    bytes[header.length + i] = x < 64 ? 255 : x < 128 ? (i * 37) % 256 : i % 3 === 0 ? 200 : 0;
  }
  return { blob: bytes };
}

Deno.test("an image processor beside a checkpoint or beside ONNX files decides the pixels", async () => {
  await using store = new TemporaryStore({ offline: true });
  const onnx = await onnxModel("rn-a");
  const folders: Record<string, { runtime: "torch" | "onnx"; file: string }> = {
    torch: { runtime: "torch", file: "preprocessor_config.json" },
    onnx: { runtime: "onnx", file: "processor_config.json" },
  };
  const found: Float32Array[][] = [];
  for (const [name, { runtime, file }] of Object.entries(folders)) {
    const embeddings: Float32Array[] = [];
    for (const [which, config] of Object.entries({ crop: STATISTICS, squash: SQUASH })) {
      const folder = join(store.root, `${name}-${which}`);
      await Deno.mkdir(folder);
      const json = file === "processor_config.json" ? { image_processor: config } : config;
      await Deno.writeTextFile(join(folder, file), JSON.stringify(json));
      if (runtime === "torch") {
        await Deno.writeFile(join(folder, "pytorch_model.bin"), fixtureBytes("rn-a/openai_jit.pt"));
      } else {
        for (const graph of ["textual.onnx", "visual.onnx"]) {
          await Deno.copyFile(join(onnx, graph), join(folder, graph));
        }
      }
      await using server = await ModelServer.start({ runtime, modelPath: folder }, store);
      embeddings.push(await server.embed([wide()]));
    }
    found.push(embeddings);
  }
  const [[crop, squash], [onnxCrop, onnxSquash]] = found as [Float32Array[], Float32Array[]];
  const distance = (a: Float32Array | undefined, b: Float32Array | undefined) =>
    difference(a!, b!, a!.length).cosine;
  assert.ok(distance(crop, onnxCrop) < 1e-5 && distance(squash, onnxSquash) < 1e-5);
  assert.ok(distance(crop, squash) > 1e-3, "nothing is cut off where the image is squashed");
});
