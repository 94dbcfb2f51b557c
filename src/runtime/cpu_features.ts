/**
 * What the CPU can do, as far as sessions depend on it. Under Deno only a process with all rights
 * may read `/proc/cpuinfo`, so that glibc is asked first (`sys/platform/x86.h`, 2.33 and later).
 */
import { cpus } from "node:os";

/** Words of glibc's `struct cpuid_feature`: cpuid's eax to edx, then those that may be used. */
const LEAF_WORDS = 8;
const ACTIVE = 4;
/** glibc's numbers of cpuid leaf 7, sub-leaves 0 and 1. */
const LEAF_7 = 1;
const LEAF_7_1 = 6;
const EAX = 0;
const ECX = 2;

/** Whether the instructions are there that multiply int8 without saturating. */
export function hasVnni(): boolean {
  const [base, extended] = [glibcLeaf(LEAF_7), glibcLeaf(LEAF_7_1)];
  if (base && extended) return vnniInLeaves(base, extended);
  return vnniInFlags(readCpuInfo());
}

/** The same, from glibc's words: AVX512_VNNI is bit 11 of 7.0's ecx, AVX_VNNI bit 4 of 7.1's eax. */
export function vnniInLeaves(base: Uint32Array, extended: Uint32Array): boolean {
  return (base[ACTIVE + ECX]! & 1 << 11) !== 0 || (extended[ACTIVE + EAX]! & 1 << 4) !== 0;
}

/** The same, from the text of `/proc/cpuinfo`. */
export function vnniInFlags(cpuinfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? [];
  return flags.includes("avx512_vnni") || flags.includes("avx_vnni");
}

/** The CPU's name and features as one text, to tell CPUs apart. */
export function cpuIdentity(): string {
  const leaves = [LEAF_7, LEAF_7_1].map((leaf) => glibcLeaf(leaf)?.join(" ") ?? "");
  return [Deno.build.arch, cpus()[0]?.model ?? "", ...leaves].join("\n");
}

/** A leaf of cpuid as glibc keeps it; `undefined` without such a glibc. */
function glibcLeaf(leaf: number): Uint32Array | undefined {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return undefined;
  try {
    const glibc = Deno.dlopen("libc.so.6", {
      __x86_get_cpuid_feature_leaf: { parameters: ["u32"], result: "pointer" },
    });
    try {
      const found = glibc.symbols.__x86_get_cpuid_feature_leaf(leaf);
      if (found === null) return undefined;
      const bytes = Deno.UnsafePointerView.getArrayBuffer(found, 4 * LEAF_WORDS);
      return new Uint32Array(bytes.slice(0));
    } finally {
      glibc.close();
    }
  } catch {
    return undefined;
  }
}

function readCpuInfo(): string {
  try {
    return Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return "";
  }
}
