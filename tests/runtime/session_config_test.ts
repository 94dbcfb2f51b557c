import assert from "node:assert/strict";
import { hasVnni } from "../../src/runtime/cpu_features.ts";
import { sessionConfig } from "../../src/runtime/session_config.ts";

const FP32 = { target: "cpu", dtype: "fp32", replicas: 1 } as const;
const INT8 = { ...FP32, dtype: "int8" } as const;

/** Idle threads of a session sleep soon. */
const SPIN = { "session.intra_op.spin_duration_us": "50" };

Deno.test("sessionConfig() shares weights between several fp32 replicas on a CPU only", () => {
  const mapped = { ...SPIN, "session.disable_prepacking": "1" };
  assert.deepEqual(sessionConfig(FP32), SPIN);
  assert.deepEqual(sessionConfig({ ...FP32, replicas: 2 }), mapped);
  const cpu = { arch: "x86_64", vnni: true };
  assert.deepEqual(sessionConfig({ ...INT8, replicas: 2 }, cpu), SPIN);
  assert.deepEqual(sessionConfig({ ...FP32, replicas: 2, dtype: "fp16" }), SPIN);
  assert.deepEqual(sessionConfig({ ...FP32, replicas: 2, target: "gpu" }), {});
});

Deno.test("sessionConfig() asks for exact int8 products on x86 without VNNI", () => {
  const exact = { ...SPIN, "session.x64quantprecision": "1" };
  assert.deepEqual(sessionConfig(INT8, { arch: "x86_64", vnni: true }), SPIN);
  assert.deepEqual(sessionConfig(INT8, { arch: "x86_64", vnni: false }), exact);
  assert.deepEqual(sessionConfig(INT8, { arch: "aarch64", vnni: false }), SPIN);
});

Deno.test("sessionConfig() asks about this machine unless told of another", () => {
  const here = { arch: Deno.build.arch, vnni: hasVnni() };
  assert.deepEqual(sessionConfig(INT8), sessionConfig(INT8, here));
});
