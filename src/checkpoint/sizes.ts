/** A model's sizes from its tensors' shapes, as openai/CLIP's `build_model` does it. */
import type { BlockFacts, TextFacts, VisionFacts } from "./facts.ts";
import { OPENAI_TEXT, OPENAI_VIT } from "./openai.ts";
import type {
  LazyTensor,
  ModifiedResNet,
  TextArchitecture,
  TransformerBlocks,
  VisionTransformer,
} from "./state_dict.ts";

/** ViT-g-14 has 40, RN50x64's third stage 36. */
const MAX_LAYERS = 1000;

/** Of OpenCLIP's attentional pooler. */
const DEFAULT_QUERY_HEADS = 8;

/** Reads single dimensions and remembers what is not there. */
export class ShapeReader {
  readonly faults: string[] = [];
  readonly #tensors: ReadonlyMap<string, LazyTensor>;

  constructor(tensors: ReadonlyMap<string, LazyTensor>) {
    this.#tensors = tensors;
  }

  /** Whether there is a tensor of this name. */
  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Whether a tensor's name begins so. */
  hasUnder(prefix: string): boolean {
    return [...this.#tensors.keys()].some((name) => name.startsWith(prefix));
  }

  /** Dimension `axis` of `name`; 1 and a fault if there is no such thing. */
  size(name: string, axis: number): number {
    const tensor = this.#tensors.get(name);
    const size = tensor?.shape[axis];
    if (size !== undefined && size > 0) return size;
    const fault = tensor === undefined
      ? `missing: '${name}'`
      : `mis-shaped: '${name}' is [${tensor.shape}]`;
    if (!this.faults.includes(fault)) this.faults.push(fault);
    return 1;
  }

  /** Blocks numbered under `prefix`; a gap shows later as a missing tensor. */
  layers(prefix: string): number {
    let highest = -1;
    for (const name of this.#tensors.keys()) {
      if (!name.startsWith(prefix)) continue;
      const index = /^\d+(?=\.)/.exec(name.slice(prefix.length))?.[0];
      if (index !== undefined) highest = Math.max(highest, Number(index));
    }
    if (highest < 0) this.faults.push(`missing: '${prefix}0'`);
    if (highest >= MAX_LAYERS) {
      this.faults.push(`surplus: '${prefix}${highest}': at most ${MAX_LAYERS} layers are read`);
      return 1;
    }
    return highest + 1;
  }

  /** Side of the square grid whose cells, after `first` rows, `name` has rows for. */
  grid(name: string, first = 1): number {
    const cells = this.size(name, 0) - first;
    const side = Math.round(Math.sqrt(cells));
    if (cells > 0 && side * side === cells) return side;
    if (this.has(name)) {
      this.faults.push(
        `mis-shaped: '${name}' has ${cells + first} rows, wanted a square${
          first === 0 ? "" : " and one more"
        }`,
      );
    }
    return 1;
  }
}

/** The text tower; heads and activation are those of the facts, or stay OpenAI's. */
export function textSizes(found: ShapeReader, facts: TextFacts): TextArchitecture {
  const width = found.size("token_embedding.weight", 1);
  const positionRows = found.size("positional_embedding", 0);
  const { contextLength, headWidth: _, ...stated } = facts;
  const text: TextArchitecture = {
    ...OPENAI_TEXT,
    ...blockSizes(found, "transformer", width, facts),
    vocabSize: found.size("token_embedding.weight", 0),
    positionRows,
    contextLength: positionRows,
    tokenTypes: found.has("token_type_embedding") ? found.size("token_type_embedding", 0) : 0,
    projection: textProjection(found),
    ...stated,
    heads: 1,
  };
  // OpenAI's table of positions is the context; BERT's goes on behind it.
  const usable = text.positionsCount === "unpadded"
    ? positionRows - text.padId - 1
    : positionRows - (text.pooling.kind === "class" ? 1 : 0);
  const ownContext = text.norm === "post" && contextLength !== undefined;
  return { ...text, contextLength: ownContext ? Math.min(contextLength, usable) : usable };
}

/** The vision transformer. */
export function vitSizes(found: ShapeReader, facts: VisionFacts): VisionTransformer {
  const patchSize = found.size("visual.conv1.weight", 3);
  const width = found.size("visual.conv1.weight", 0);
  const { headWidth: _, imageSize, queryHeads, ...stated } = facts;
  const classToken = facts.classToken ?? OPENAI_VIT.classToken;
  const grid = found.grid("visual.positional_embedding", classToken ? 1 : 0);
  // 384 pixels in patches of 14 are 27 patches and a rest that is not looked at.
  const fits = imageSize !== undefined && Math.floor(imageSize / patchSize) === grid;
  return {
    ...OPENAI_VIT,
    ...blockSizes(found, "visual.transformer", width, facts),
    imageSize: fits ? imageSize : grid * patchSize,
    patchSize,
    patchBias: found.has("visual.conv1.bias"),
    projection: found.has("visual.proj.weight") ? "linear" : "matrix",
    queries: facts.pooling === "queries"
      ? {
        count: found.size("visual.attn_pool.query", 0),
        heads: queryHeads ?? DEFAULT_QUERY_HEADS,
      }
      : null,
    ...stated,
    heads: 1,
  };
}

/** OpenAI's modified ResNet. */
export function resnetSizes(found: ShapeReader): ModifiedResNet {
  const stage = (i: number) => found.layers(`visual.layer${i}.`);
  return {
    kind: "resnet",
    imageSize: found.grid("visual.attnpool.positional_embedding") * 32,
    width: found.size("visual.layer1.0.conv1.weight", 0),
    layers: [stage(1), stage(2), stage(3), stage(4)],
    heads: 1,
  };
}

/** Values of an embedding: what the text tower's last layer gives. */
export function embeddingSize(found: ShapeReader, { projection, width }: TextArchitecture): number {
  switch (projection) {
    case "matrix":
      return found.size("text_projection", 1);
    case "linear":
      return found.size("text_projection.weight", 0);
    case "mlp":
      return found.size("text_projection.2.weight", 0);
    case "none":
      return width;
  }
}

function textProjection(found: ShapeReader): TextArchitecture["projection"] {
  if (found.has("text_projection.weight")) return "linear";
  return found.has("text_projection.0.weight") ? "mlp" : "matrix";
}

function blockSizes(
  found: ShapeReader,
  prefix: string,
  width: number,
  facts: BlockFacts,
): Pick<TransformerBlocks, "width" | "layers" | "mlpWidth" | "layerScale"> {
  return {
    width,
    layers: found.layers(`${prefix}.resblocks.`),
    mlpWidth: found.size(`${prefix}.resblocks.0.mlp.c_fc.weight`, 0),
    // Factors that are there are meant, unless a config says that there are none.
    layerScale: facts.layerScale ?? found.has(`${prefix}.resblocks.0.ls_1.gamma`),
  };
}
