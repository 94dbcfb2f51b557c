import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../../src/errors.ts";
import { checkModelPath } from "../../src/server/model_path.ts";
import { withFolder } from "../checkpoint/fixture_files.ts";

const TORCH = /write 'clip_server\.executors\.clip_torch' under 'py_modules'/;
const ONNX = /write 'clip_server\.executors\.clip_onnx' under 'py_modules'/;

Deno.test("checkModelPath() names the runtime that reads what was given", () => {
  const cases: [files: string[], path: string, wanted: "checkpoint" | "onnx", RegExp[]][] = [
    [["textual.onnx", "visual.onnx"], ".", "checkpoint", [/holds ONNX files \(/, ONNX]],
    [["onnx/text_model.onnx", "config.json"], ".", "checkpoint", [/text_model\.onnx/, ONNX]],
    [["clipline.json", "textual.onnx"], ".", "checkpoint", [/converted already/, ONNX]],
    [["textual.onnx"], "textual.onnx", "checkpoint", [/is an ONNX file/, /directory then/, ONNX]],
    [["textual.onnx"], "textual.onnx", "onnx", [/names the directory/]],
    [["x.pt.gz"], "x.pt.gz", "onnx", [/is a checkpoint, but/, TORCH]],
    [["model.safetensors", "config.json"], ".", "onnx", [/\(model\.safetensors\)/, TORCH]],
    [["model.safetensors.index.json"], ".", "onnx", [TORCH]],
  ];
  for (const [files, path, wanted, patterns] of cases) {
    withFolder(Object.fromEntries(files.map((file) => [file, "x"])), (folder) => {
      assert.throws(() => checkModelPath(join(folder, path), wanted), (error) => {
        assert.ok(error instanceof ClipError);
        assert.equal(error.kind, "config");
        for (const pattern of patterns) assert.match(error.message, pattern);
        return true;
      });
    });
  }
});

Deno.test("checkModelPath() lets pass what fits, and what only opening it can judge", () => {
  const files = {
    "both/model.safetensors": "x",
    "both/onnx/model.onnx": "x",
    "zipped/visual.zip": "x",
    "zipped/old.pt": "x",
    "weights/x": "x",
    "empty/readme.md": "x",
  };
  withFolder(files, (folder) => {
    for (
      const [path, wanted] of [
        ["both", "checkpoint"],
        ["both", "onnx"],
        ["zipped", "onnx"],
        ["weights/x", "checkpoint"],
        ["empty", "onnx"],
        ["empty", "checkpoint"],
        ["not there", "onnx"],
      ] as const
    ) checkModelPath(join(folder, path), wanted);
  });
});
