import assert from "node:assert/strict";
import {
  describeMissing,
  type LibraryProbe,
  missingLibraries,
} from "../../src/runtime/cuda_libraries.ts";

const having = (...names: string[]): LibraryProbe => ({
  fileExists: (path) => names.includes(path.split("/").at(-1)!),
  loads: (name) => names.includes(name),
});

const CUDA_13 = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
  "libcudart.so.13",
  "libcublas.so.13",
  "libcublasLt.so.13",
  "libcufft.so.12",
  "libcurand.so.10",
  "libcudnn.so.9",
];

const CUDA = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
  "libcudart.so.12",
  "libcublas.so.12",
  "libcublasLt.so.12",
  "libcufft.so.11",
  "libcurand.so.10",
  "libcudnn.so.9",
];

Deno.test("missingLibraries() finds nothing missing where all is there", () => {
  const missing = missingLibraries("cuda", "/bin", having(...CUDA));
  assert.deepEqual(missing, { provider: [], system: [] });
  assert.equal(describeMissing(missing), undefined);
});

Deno.test("missingLibraries() takes CUDA 13 where that is here", () => {
  const nothing = { provider: [], system: [] };
  assert.deepEqual(missingLibraries("cuda", "/bin", having(...CUDA_13)), nothing);
  const some = missingLibraries(
    "cuda",
    "/bin",
    having(...CUDA_13.filter((name) => name !== "libcufft.so.12")),
  );
  assert.deepEqual(some.system, ["libcufft.so.12"]);
  assert.match(describeMissing(some)!, /libcufft\.so\.12 not found .*CUDA 13/);
});

Deno.test("missingLibraries() asks for CUDA's libraries with TensorRT's", () => {
  const missing = missingLibraries("tensorrt", "/bin", having(...CUDA));
  assert.deepEqual(missing.provider, ["libonnxruntime_providers_tensorrt.so"]);
  assert.deepEqual(missing.system, [
    "libnvinfer.so.10",
    "libnvinfer_plugin.so.10",
    "libnvonnxparser.so.10",
  ]);
  const nothing = missingLibraries("tensorrt", "/bin", having());
  assert.equal(nothing.provider.length, 3);
  assert.equal(nothing.system.length, 9);
});

Deno.test("describeMissing() names the files, the command and whose they are", () => {
  const text = describeMissing({
    provider: ["libonnxruntime_providers_cuda.so"],
    system: ["libcublas.so.12", "libcudnn.so.9"],
  })!;
  assert.match(text, /libonnxruntime_providers_cuda\.so .*'deno task setup:cuda'/);
  assert.match(text, /libcublas\.so\.12, libcudnn\.so\.9 not found .*CUDA 12, cuDNN 9/);
});
