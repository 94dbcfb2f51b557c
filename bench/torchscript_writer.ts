/**
 * TorchScript archives in the layout of OpenAI's published files: a module tree pickled as nested
 * `__torch__` objects, one class each, with class declarations that `torch.jit.load` accepts (they
 * have attributes but no `forward`: the weights are random, nobody runs them).
 */

import { basename } from "node:path";
import { type PickledTensor, PickleWriter } from "./pickle_writer.ts";
import { type Distribution, nameSeed, normalChunks } from "./random_values.ts";
import { ZipWriter } from "./zip_writer.ts";

/** One tensor of the module tree. */
export interface TensorPlan {
  /** Full name, e.g. `visual.conv1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: "float16" | "float32" | "int64";
  readonly buffer: boolean;
  /** int64 scalars are `mean`. */
  readonly values: Distribution;
}

interface Module {
  readonly path: string;
  readonly tensors: Map<string, TensorPlan>;
  readonly children: Map<string, Module>;
}

const STORAGE = { float16: "HalfStorage", float32: "FloatStorage", int64: "LongStorage" } as const;
/** Archive version that torch 1.7 wrote. */
const VERSION = "3\n";
const ENCODER = new TextEncoder();

/** Writes the archive to `out`. The same plan and seed give the same bytes. */
export function writeTorchScript(
  out: string,
  plans: readonly TensorPlan[],
  emptyModules: readonly string[],
  seed: number,
): void {
  using file = Deno.openSync(out, { write: true, create: true, truncate: true });
  const zip = new ZipWriter(file);
  const root = basename(out).replace(/\.[^.]*$/, "");
  const top = buildTree(plans, emptyModules);
  const pickle = new PickleWriter();
  const code: [string, string][] = [];
  let storages = 0;
  const visit = (module: Module): string => {
    const declaration = declare(module, code.length);
    const place = code.push(["", ""]) - 1;
    pickle.beginObject(declaration.module, declaration.name);
    for (const [key, plan] of module.tensors) {
      const storage = String(storages++);
      const elements = plan.shape.reduce((a, b) => a * b, 1);
      pickle.text(key);
      pickle.tensor(
        {
          key: storage,
          storageClass: STORAGE[plan.type],
          elements,
          shape: plan.shape,
        } satisfies PickledTensor,
      );
      zip.add(`${root}/data/${storage}`, tensorChunks(plan, elements, seed));
    }
    pickle.text("training");
    pickle.false();
    const children: string[] = [];
    for (const [key, child] of module.children) {
      pickle.text(key);
      const type = visit(child);
      children.push(
        /^[A-Za-z_]\w*$/.test(key) ? `  ${key} : ${type}` : `  __annotations__["${key}"] = ${type}`,
      );
    }
    pickle.endObject();
    code[place] = [declaration.file, source(module, declaration.name, children)];
    return `${declaration.module}.${declaration.name}`;
  };
  visit(top);
  zip.add(`${root}/data.pkl`, [pickle.finish()]);
  for (const [path, text] of code) zip.add(`${root}/code/${path}`, [ENCODER.encode(text)]);
  // An empty tuple: the code has no tensor constants.
  zip.add(`${root}/constants.pkl`, [new Uint8Array([0x80, 2, 0x29, 0x2e])]);
  zip.add(`${root}/version`, [ENCODER.encode(VERSION)]);
  zip.finish();
}

function buildTree(plans: readonly TensorPlan[], emptyModules: readonly string[]): Module {
  const create = (path: string): Module => ({ path, tensors: new Map(), children: new Map() });
  const top = create("");
  const descend = (path: readonly string[]): Module => {
    let module = top;
    for (const part of path) {
      let child = module.children.get(part);
      if (child === undefined) {
        child = create(module.path === "" ? part : `${module.path}.${part}`);
        module.children.set(part, child);
      }
      module = child;
    }
    return module;
  };
  for (const plan of plans) {
    const parts = plan.name.split(".");
    const key = parts.pop() as string;
    descend(parts).tensors.set(key, plan);
  }
  for (const path of emptyModules) descend(path.split("."));
  return top;
}

function declare(module: Module, index: number): { module: string; name: string; file: string } {
  const [folder, name] = CLASSES.find(([pattern]) => pattern.test(module.path))
    ?.slice(1) as [string, string];
  const path = `__torch__.${folder}.___torch_mangle_${index}`;
  return { module: path, name, file: `${path.replaceAll(".", "/")}.py` };
}

const CLASSES: readonly (readonly [RegExp, string, string])[] = [
  [/^$/, "multimodal.model.multimodal_transformer", "Multimodal"],
  [/^visual$/, "multimodal.model.multimodal_transformer", "VisualTransformer"],
  [/transformer$/, "multimodal.model.multimodal_transformer", "Transformer"],
  [/resblocks$|mlp$|layer\d$|downsample$/, "torch.nn.modules.container", "Sequential"],
  [/resblocks\.\d+$/, "multimodal.model.multimodal_transformer", "ResidualAttentionBlock"],
  [/layer\d\.\d+$/, "multimodal.model.multimodal_transformer", "Bottleneck"],
  [/attnpool$/, "multimodal.model.multimodal_transformer", "AttentionPool2d"],
  [/attn$/, "torch.nn.modules.activation", "MultiheadAttention"],
  [/gelu$/, "multimodal.model.multimodal_transformer", "QuickGELU"],
  [/(^|\.)ln_/, "torch.nn.modules.normalization", "LayerNorm"],
  [/bn\d$|downsample\.1$/, "torch.nn.modules.batchnorm", "BatchNorm2d"],
  [/conv\d$|downsample\.0$/, "torch.nn.modules.conv", "Conv2d"],
  [/downsample\.-1$/, "torch.nn.modules.pooling", "AvgPool2d"],
  [/token_embedding$/, "torch.nn.modules.sparse", "Embedding"],
  [/./, "torch.nn.modules.linear", "Linear"],
];

function source(module: Module, name: string, children: readonly string[]): string {
  const names = (buffer: boolean) =>
    [...module.tensors].filter(([, plan]) => plan.buffer === buffer)
      .map(([key]) => `"${key}", `).join("");
  return [
    `class ${name}(Module):`,
    `  __parameters__ = [${names(false)}]`,
    `  __buffers__ = [${names(true)}]`,
    ...[...module.tensors.keys()].map((key) => `  ${key} : Tensor`),
    "  training : bool",
    ...children,
    "",
  ].join("\n");
}

function tensorChunks(plan: TensorPlan, elements: number, seed: number): Iterable<Uint8Array> {
  if (plan.type === "int64") {
    return [new Uint8Array(new BigInt64Array(elements).fill(BigInt(plan.values.mean)).buffer)];
  }
  return normalChunks(elements, plan.values, plan.type, nameSeed(plan.name, seed));
}
