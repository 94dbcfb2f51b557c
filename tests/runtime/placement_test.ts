import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { judgePlacement, readProfile } from "../../src/runtime/placement.ts";

const kernel = (op: string, provider: string) => ({
  cat: "Node",
  name: `${op}_1_kernel_time`,
  args: { op_name: op, provider },
});

Deno.test("readProfile() takes the operators that computed, once each", () => {
  const nodes = readProfile(JSON.stringify([
    { cat: "Session", name: "model_run" },
    { cat: "Node", name: "MatMul_1_fence_before", args: { op_name: "MatMul" } },
    kernel("MatMul", "CUDAExecutionProvider"),
    kernel("Gather", "CPUExecutionProvider"),
  ]));
  assert.deepEqual(nodes, [
    { op: "MatMul", provider: "CUDAExecutionProvider" },
    { op: "Gather", provider: "CPUExecutionProvider" },
  ]);
});

Deno.test("judgePlacement() leaves shape arithmetic to the CPU and tells of it", () => {
  const nodes = [
    { op: "MatMul", provider: "WebGpuExecutionProvider" },
    { op: "Conv", provider: "WebGpuExecutionProvider" },
    { op: "Gather", provider: "CPUExecutionProvider" },
    { op: "Gather", provider: "CPUExecutionProvider" },
    { op: "Range", provider: "CPUExecutionProvider" },
  ];
  assert.equal(
    judgePlacement("textual.onnx", nodes),
    "2 of 5 operators on the device, 3 on the CPU (2 Gather, 1 Range)",
  );
  assert.equal(judgePlacement("x", nodes.slice(0, 2)), "2 of 2 operators on the device");
});

Deno.test("judgePlacement() refuses products and convolutions on the CPU", () => {
  for (const op of ["MatMul", "Gemm", "Conv", "FusedMatMul", "DynamicQuantizeMatMul"]) {
    assert.throws(
      () =>
        judgePlacement("/m/visual.onnx", [
          { op: "MatMul", provider: "CUDAExecutionProvider" },
          { op, provider: "CPUExecutionProvider" },
        ]),
      (error) =>
        error instanceof ClipError && error.kind === "backend" &&
        error.message.startsWith("/m/visual.onnx does not run on the device asked for") &&
        error.message.includes(`1 ${op}`),
      op,
    );
  }
});
