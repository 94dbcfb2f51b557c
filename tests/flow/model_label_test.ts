import assert from "node:assert/strict";
import { labelOfPath } from "../../src/flow/model_label.ts";
import { loadFlow } from "../../src/flow/load.ts";

Deno.test("labelOfPath() is the file's own name, or that of the folder which says which it is", () => {
  const cases = [
    ["/models/fashion-clip.pt", "fashion-clip"],
    ["/models/epoch_32.pt.gz", "epoch_32"],
    ["/models/fashion-clip/model.safetensors", "fashion-clip"],
    ["/models/fashion-clip/open_clip_pytorch_model.bin", "fashion-clip"],
    ["/models/fashion-clip/pytorch_model.bin.index.json", "fashion-clip"],
    ["/models/fashion-clip/", "fashion-clip"],
    ["/models/fashion-clip/onnx", "fashion-clip"],
    [
      "/root/hub/models--patrickjohncyh--fashion-clip/snapshots/0123456789012345678901234567890123456789/model.safetensors",
      "patrickjohncyh/fashion-clip",
    ],
    ["/model.pt", "model.pt"],
  ] as const;
  for (const [path, label] of cases) assert.equal(labelOfPath(path), label, path);
});

Deno.test("a flow's model_path without a name is called after its file, with a name as it says", () => {
  const path = Deno.makeTempFileSync({ prefix: "own-", suffix: ".pt" });
  try {
    const nameOf = (name: string | undefined) =>
      loadFlow({
        name: "flow.yml",
        text: JSON.stringify({
          jtype: "Flow",
          executors: [{
            uses: {
              jtype: "CLIPEncoder",
              with: { model_path: path, ...(name === undefined ? {} : { name }) },
              metas: { py_modules: ["clip_server.executors.clip_torch"] },
            },
          }],
        }),
      }, {}).executors[0]?.encoder.name;
    assert.match(nameOf(undefined) ?? "", /^own-[0-9a-f]+$/);
    assert.equal(nameOf("mine"), "mine");
  } finally {
    Deno.removeSync(path);
  }
});
