/** The machines that there is an executable for. */

/** One of them. */
export interface Target {
  name: string;
  /** As npm and Node call system and processor: folders and packages with native parts have these. */
  os: "linux" | "darwin";
  cpu: "x64" | "arm64";
  /** The npm package with Deno's program for it. */
  deno: string;
  /** `uname -s` and `uname -m`. */
  uname: readonly [system: string, machine: string];
}

/** macOS on Intel is not among them: onnxruntime-node 1.30 has no native part for it. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    os: "linux",
    cpu: "x64",
    deno: "@deno/linux-x64-glibc",
    uname: ["Linux", "x86_64"],
  },
  {
    name: "linux-arm64",
    os: "linux",
    cpu: "arm64",
    deno: "@deno/linux-arm64-glibc",
    uname: ["Linux", "aarch64"],
  },
  {
    name: "macos-arm64",
    os: "darwin",
    cpu: "arm64",
    deno: "@deno/darwin-arm64",
    uname: ["Darwin", "arm64"],
  },
];
