/** Weights that hold NaN: refused at the start, whatever they are stored as. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryStore } from "../model/store/fakes.ts";
import { ModelServer } from "../support/model_server.ts";
import { onnxModel } from "../support/onnx_model.ts";
import { demoModel } from "../support/demo_model.ts";

Deno.test("a checkpoint with one NaN is refused at the start, the tensor named", async () => {
  await using store = new TemporaryStore({ offline: true });
  const demo = await demoModel();
  demo.view("text_model.final_layer_norm.weight").set([0x00, 0x7e]);
  const modelPath = await demo.write(join(store.root, "nan"));
  await assert.rejects(
    ModelServer.start({ runtime: "torch", name: "broken", modelPath }, store),
    /nan\/model\.safetensors': tensor 'text_model\.final_layer_norm\.weight' holds NaN \(element 0/,
  );
});

for (const [half, what] of [["textual", "texts"], ["visual", "images"]] as const) {
  Deno.test(`ready ONNX files whose ${half} graph computes NaN are refused at the start`, async () => {
    await using store = new TemporaryStore({ offline: true });
    const source = await onnxModel("rn-a");
    const modelPath = join(store.root, "onnx");
    await Deno.mkdir(modelPath);
    for (const name of ["textual", "visual"]) {
      const bytes = await Deno.readFile(join(source, `${name}.onnx`));
      if (name === half) poison(bytes);
      await Deno.writeFile(join(modelPath, `${name}.onnx`), bytes);
    }
    await assert.rejects(
      ModelServer.start({ runtime: "onnx", name: "broken", modelPath }, store),
      new RegExp(`graph for ${what} computes nothing but NaN: its weights hold NaN or infinity`),
    );
  });
}

/** Makes NaN of every float32 in the file's longest runs of plausible weights. */
function poison(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const plausible = (at: number) => {
    const value = Math.abs(view.getFloat32(at, true));
    return value === 0 || (value > 1e-6 && value < 100);
  };
  for (let start = 0; start + 4 <= bytes.length; start++) {
    let end = start;
    while (end + 4 <= bytes.length && plausible(end)) end += 4;
    if (end - start < 4 * 300) continue;
    for (let at = start + 400; at < end - 400; at += 4) view.setFloat32(at, NaN, true);
    start = end;
  }
}
