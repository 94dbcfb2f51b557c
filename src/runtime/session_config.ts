/** ONNX Runtime's configuration entries that suit a device, a number format and the replicas. */
import { hasVnni } from "./cpu_features.ts";

/** What the entries depend on. */
export interface SessionConfigInput {
  target: "cpu" | "gpu";
  dtype: string;
  replicas: number;
}

/** What they depend on of the CPU. */
export interface Cpu {
  /** Processor architecture as `Deno.build.arch` names it. */
  arch: string;
  /** The CPU multiplies int8 without saturating. */
  vnni: boolean;
}

/**
 * Microseconds that an idle thread of a session looks for work before it sleeps. ONNX Runtime's own
 * 1000 are for a program that has the machine for itself: here the session's threads share the cores
 * with protocols, preprocessing and each other, and whoever spins keeps away the one it waits for.
 * Operators of a run follow each other faster than this. Measured on two busy cores: 0.65 of the CPU
 * time for single texts, 0.75 for 16 texts, 0.85 for images; without any spinning a run waits for
 * its threads to wake at each operator.
 */
const SPIN_US = 50;

/**
 * Entries by their names in onnxruntime_session_options_config_keys.h. Whoever opens a converted
 * model takes them from here, so that what is tested and measured is what is served.
 *
 * - Without prepacking, fp32 replicas on a CPU share the weights that they map: ViT-B/32's vision
 *   tower takes 18 MiB instead of 344 MiB for every replica more, 1 to 3 % slower on batches
 *   (docs/dtypes.md). int8 would lose up to 16 %, and one replica has nobody to share with.
 * - On x86 without VNNI the fast int8 product saturates: the exact one is chosen.
 *
 * @param cpu This machine's, unless another is asked about.
 */
export function sessionConfig(
  input: SessionConfigInput,
  cpu: Cpu = { arch: Deno.build.arch, vnni: hasVnni() },
): Record<string, string> {
  const { target, dtype, replicas } = input;
  const config: Record<string, string> = {};
  if (target !== "cpu") return config;
  config["session.intra_op.spin_duration_us"] = String(SPIN_US);
  if (dtype === "fp32" && replicas > 1) config["session.disable_prepacking"] = "1";
  if (dtype === "int8" && cpu.arch === "x86_64" && !cpu.vnni) {
    config["session.x64quantprecision"] = "1";
  }
  return config;
}
