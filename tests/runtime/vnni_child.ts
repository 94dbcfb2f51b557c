// deno-lint-ignore-file no-console -- the test reads its output
/** A process that says whether it may read `/proc/cpuinfo`, and whether the CPU has VNNI. */
import { hasVnni } from "../../src/runtime/cpu_features.ts";

const readable = await Deno.readTextFile("/proc/cpuinfo").then(() => true, () => false);
console.log(readable, hasVnni());
