import assert from "node:assert/strict";
import { sessionConfig } from "../../src/runtime/session_config.ts";

const BASE = { target: "cpu", dtype: "fp32", replicas: 1, arch: "x86_64", vnni: true } as const;

/** Idle threads of a session sleep soon. */
const SPIN = { "session.intra_op.spin_duration_us": "50" };

Deno.test("sessionConfig() shares weights between several fp32 replicas on a CPU only", () => {
  const mapped = { ...SPIN, "session.disable_prepacking": "1" };
  assert.deepEqual(sessionConfig(BASE), SPIN);
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2 }), mapped);
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, dtype: "int8" }), SPIN);
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, dtype: "fp16" }), SPIN);
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, target: "gpu" }), {});
});

Deno.test("sessionConfig() asks for exact int8 products on x86 without VNNI", () => {
  const exact = { ...SPIN, "session.x64quantprecision": "1" };
  const int8 = { ...BASE, dtype: "int8" };
  assert.deepEqual(sessionConfig(int8), SPIN);
  assert.deepEqual(sessionConfig({ ...int8, vnni: false }), exact);
  assert.deepEqual(sessionConfig({ ...int8, vnni: false, arch: "aarch64" }), SPIN);
});
