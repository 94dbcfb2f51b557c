import assert from "node:assert/strict";
import { cpuIdentity, hasVnni, vnniInFlags, vnniInLeaves } from "../../src/runtime/cpu_features.ts";

const CHILD = new URL("./vnni_child.ts", import.meta.url).pathname;

Deno.test("vnniInFlags() reads both spellings, and no lookalike", () => {
  const flags = (text: string) => `processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu ${text}\n`;
  assert.equal(vnniInFlags(flags("avx2 avx512_vnni")), true);
  assert.equal(vnniInFlags(flags("avx_vnni")), true);
  assert.equal(vnniInFlags(flags("avx_vnni_int16 xavx512_vnni avx512f")), false);
  assert.equal(vnniInFlags(""), false);
});

Deno.test("vnniInLeaves() reads what may be used, not only what is there", () => {
  const leaf = (at: number, bit: number) => {
    const words = new Uint32Array(8);
    words[at] = 1 << bit;
    return words;
  };
  const none = new Uint32Array(8);
  assert.equal(vnniInLeaves(none, none), false);
  assert.equal(vnniInLeaves(leaf(6, 11), none), true);
  assert.equal(vnniInLeaves(none, leaf(4, 4)), true);
  assert.equal(vnniInLeaves(leaf(2, 11), leaf(0, 4)), false);
});

Deno.test({
  name: "hasVnni() says what /proc/cpuinfo says",
  ignore: Deno.build.os !== "linux" || Deno.build.arch !== "x86_64",
  fn() {
    assert.equal(hasVnni(), vnniInFlags(Deno.readTextFileSync("/proc/cpuinfo")));
  },
});

Deno.test({
  name: "hasVnni() says the same to a process that may not read /proc",
  ignore: Deno.build.os !== "linux" || Deno.build.arch !== "x86_64",
  async fn() {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        "--allow-read",
        "--allow-ffi",
        "--allow-sys",
        CHILD,
      ],
      stderr: "inherit",
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), `false ${hasVnni()}`);
  },
});

Deno.test("cpuIdentity() stays the same and holds the CPU's name", () => {
  assert.equal(cpuIdentity(), cpuIdentity());
  assert.ok(cpuIdentity().length > Deno.build.arch.length + 3);
});
