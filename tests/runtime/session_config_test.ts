import assert from "node:assert/strict";
import { cpuIdentity, hasVnni } from "../../src/runtime/cpu_features.ts";
import { sessionConfig } from "../../src/runtime/session_config.ts";

const OLD = "processor\t: 0\nmodel name\t: Old CPU\nflags\t\t: fpu avx avx2 avx512f\n";
const NEW = "processor\t: 0\nmodel name\t: New CPU\nflags\t\t: fpu avx2 avx512_vnni\n";
const BASE = { target: "cpu", dtype: "fp32", replicas: 1, arch: "x86_64", cpuinfo: NEW } as const;

Deno.test("sessionConfig() shares weights between several fp32 replicas on a CPU only", () => {
  const mapped = { "session.disable_prepacking": "1" };
  assert.deepEqual(sessionConfig(BASE), {});
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2 }), mapped);
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, dtype: "int8" }), {});
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, dtype: "fp16" }), {});
  assert.deepEqual(sessionConfig({ ...BASE, replicas: 2, target: "gpu" }), {});
});

Deno.test("sessionConfig() asks for exact int8 products on x86 without VNNI", () => {
  const exact = { "session.x64quantprecision": "1" };
  const int8 = { ...BASE, dtype: "int8" };
  assert.deepEqual(sessionConfig(int8), {});
  assert.deepEqual(sessionConfig({ ...int8, cpuinfo: OLD }), exact);
  assert.deepEqual(sessionConfig({ ...int8, cpuinfo: "" }), exact);
  assert.deepEqual(sessionConfig({ ...int8, cpuinfo: OLD, arch: "aarch64" }), {});
});

Deno.test("hasVnni() reads both spellings, and no lookalike", () => {
  assert.equal(hasVnni(NEW), true);
  assert.equal(hasVnni("flags\t: avx_vnni\n"), true);
  assert.equal(hasVnni("flags\t: avx_vnni_int16 xavx512_vnni\n"), false);
  assert.equal(hasVnni(OLD), false);
});

Deno.test("cpuIdentity() tells CPUs apart by name and by features", () => {
  assert.notEqual(cpuIdentity(OLD), cpuIdentity(NEW));
  assert.notEqual(cpuIdentity(NEW), cpuIdentity(NEW.replace("avx2 ", "")));
  assert.equal(cpuIdentity(NEW), cpuIdentity(NEW + "\ncpu MHz\t: 2000\n"));
});
