// deno-lint-ignore-file no-console -- a command-line program
/**
 * Seeded random checkpoints with the true shapes and the file layout of OpenAI's nine models
 * (or OpenCLIP's, in the same layout), for
 * conversions and measurements where the real weights cannot be had.
 *
 *     deno run -A bench/random_checkpoint.ts ViT-B/32 /tmp/ViT-B-32.pt [SEED]
 */

import { expectedShapes, type TensorSizes } from "../src/checkpoint/naming/shapes.ts";
import { findModel } from "../src/model/catalog/catalog.ts";
import type { Distribution } from "./random_values.ts";
import { type TensorPlan, writeTorchScript } from "./torchscript_writer.ts";

/**
 * Writes a checkpoint of these sizes to `out`, streaming; the same arguments give the same bytes.
 * The values have the scale of openai/CLIP's `initialize_parameters`, so that activations stay sane.
 */
export function writeRandomCheckpoint(out: string, sizes: TensorSizes, seed = 1): void {
  const plans: TensorPlan[] = [];
  const emptyModules = new Set<string>();
  const shapes = [...expectedShapes(sizes)];
  // A module's own parameters come before those of its children, as in the published files.
  for (const [name, shape] of shapes) {
    plans.push({
      name,
      shape,
      type: isHalf(name) ? "float16" : "float32",
      buffer: name.includes(".running_"),
      values: distribution(name, shape, sizes),
    });
    if (name.endsWith(".running_var")) {
      plans.push(scalar(name.replace("running_var", "num_batches_tracked"), 0));
    }
    const owner = name.slice(0, name.lastIndexOf("."));
    if (owner.endsWith("mlp.c_fc")) emptyModules.add(owner.replace("c_fc", "gelu"));
    if (owner.endsWith("downsample.0")) emptyModules.add(owner.replace(/0$/, "-1"));
  }
  plans.push(
    scalar("input_resolution", sizes.vision.imageSize),
    scalar("context_length", sizes.text.contextLength),
    scalar("vocab_size", sizes.text.vocabSize),
  );
  writeTorchScript(out, plans, [...emptyModules], seed);
}

function scalar(name: string, value: number): TensorPlan {
  return { name, shape: [], type: "int64", buffer: true, values: { mean: value, std: 0 } };
}

/** The published files keep matrices in float16; norms, embeddings and scalars in float32. */
function isHalf(name: string): boolean {
  return /(conv\d|downsample\.0|in_proj|out_proj|c_fc|c_proj|[qkv]_proj)[._](weight|bias)$/
    .test(name) || name === "text_projection" || name === "visual.proj";
}

function distribution(
  name: string,
  shape: readonly number[],
  { vision, text }: TensorSizes,
): Distribution {
  const centred = (std: number): Distribution => ({ mean: 0, std });
  if (name === "logit_scale") return { mean: Math.log(1 / 0.07), std: 0 };
  if (/(ln_\w+|bn\d|downsample\.1)\.weight$/.test(name)) {
    // Small last norms keep the residual sum from growing with depth.
    return { mean: name.endsWith("bn3.weight") && name.includes(".layer") ? 0.3 : 1, std: 0.02 };
  }
  if (name.endsWith(".running_var")) return { mean: 1, std: 0.05 };
  if (name.endsWith(".running_mean") || name.endsWith("bias")) return centred(0.01);
  if (name === "token_embedding.weight") return centred(0.02);
  if (name === "positional_embedding") return centred(0.01);
  const [tower, layers] = name.startsWith("visual.")
    ? [shape.at(-1) ?? 1, vision.kind === "vit" ? vision.layers : 1]
    : [text.width, text.layers];
  if (/attnpool\.\w+\.weight$/.test(name)) return centred(tower ** -0.5);
  if (/(conv\d|downsample\.0)\.weight$/.test(name)) {
    return centred(Math.sqrt(2 / shape.slice(1).reduce((a, b) => a * b, 1)));
  }
  if (/(out_proj|mlp\.c_proj)\.weight$/.test(name)) {
    const width = shape[0] ?? 1;
    return centred(width ** -0.5 * (2 * layers) ** -0.5);
  }
  if (name.endsWith("in_proj_weight")) return centred((shape[1] ?? 1) ** -0.5);
  if (name.endsWith("c_fc.weight")) return centred((2 * (shape[1] ?? 1)) ** -0.5);
  if (name === "visual.proj" || name === "text_projection") {
    return centred((shape[0] ?? 1) ** -0.5);
  }
  return centred(tower ** -0.5);
}

if (import.meta.main) {
  const [name = "", out, seed = "1"] = Deno.args;
  const found = findModel(name);
  if (!found.ok || out === undefined) {
    console.error(
      `usage: deno run -A bench/random_checkpoint.ts NAME OUT.pt [SEED]${
        found.ok ? "" : `\n${found.message}`
      }`,
    );
    Deno.exit(2);
  }
  const started = performance.now();
  writeRandomCheckpoint(out, found.model.architecture, Number(seed));
  const megabytes = Deno.statSync(out).size / 1e6;
  console.log(
    `${out}: ${megabytes.toFixed(1)} MB in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}
