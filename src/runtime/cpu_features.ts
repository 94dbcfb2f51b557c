/** What the CPU can do, as far as session options depend on it. */

/** Whether `/proc/cpuinfo` lists the instructions that multiply int8 without saturating. */
export function hasVnni(cpuinfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? [];
  return flags.includes("avx512_vnni") || flags.includes("avx_vnni");
}

/** The CPU's name in `/proc/cpuinfo`, with its feature flags, as one text to tell CPUs apart. */
export function cpuIdentity(cpuinfo: string): string {
  const field = (name: string) => new RegExp(`^${name}\\s*:(.*)$`, "m").exec(cpuinfo)?.[1]?.trim();
  return [field("model name") ?? Deno.build.arch, field("flags") ?? field("Features") ?? ""]
    .join("\n");
}

/** The text of `/proc/cpuinfo`; empty where there is none. */
export function readCpuInfo(): string {
  try {
    return Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return "";
  }
}
