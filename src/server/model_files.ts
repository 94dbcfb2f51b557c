/** What is in a model's folder -> how its graphs are opened, and what their answers mean. */
import { join } from "node:path";
import { OPENAI_MEAN, OPENAI_STD } from "../checkpoint/configs/image_statistics.ts";
import type { ConvertedModel } from "../graph/conversion_cache.ts";
import { type ModelManifest, TEXT_GRAPH_NAME, VISION_GRAPH_NAME } from "../graph/manifest.ts";
import type { CatalogEntry } from "../model/catalog/catalog.ts";
import { readImageFacts } from "../model/statistics.ts";
import type { ModelFiles } from "../runtime/model.ts";
import { type Similarity, SOFTMAX } from "../service/rank.ts";

/** Vocabulary and context of every published CLIP (openai/CLIP, `simple_tokenizer.py`). */
const CONTEXT_LENGTH = 77;
const VOCAB_SIZE = 49_408;

/** What the cosines of a converted model mean. */
export function similarityOf({ architecture, logitScale, logitBias }: ModelManifest): Similarity {
  if (architecture.similarity === "softmax" || logitScale === null || logitBias === null) {
    return SOFTMAX;
  }
  return { kind: "sigmoid", scale: Math.exp(logitScale), bias: logitBias };
}

/** How the graphs of a converted model are opened. */
export function convertedFiles(
  { directory, manifest }: Pick<ConvertedModel, "directory" | "manifest">,
): ModelFiles {
  const { mean, std, resize, imageLibrary, vision, text } = manifest.architecture;
  return {
    textual: join(directory, TEXT_GRAPH_NAME),
    visual: join(directory, VISION_GRAPH_NAME),
    imageSize: vision.imageSize,
    mean,
    std,
    ...(resize === undefined ? {} : { resize }),
    imageLibrary,
    contextLength: text.contextLength,
    vocabSize: text.vocabSize,
    padId: text.padId,
    tokenizer: text.tokenizer,
    alreadyOptimized: false,
  };
}

/**
 * How graphs are opened that somebody else exported.
 * @param folders where what describes the images may lie.
 * @param entry what the catalog knows of the model.
 */
export function foreignFiles(
  textual: string,
  visual: string,
  folders: readonly string[],
  entry: CatalogEntry | undefined,
): ModelFiles {
  const facts = readImageFacts(folders);
  const known = entry?.architecture;
  return {
    textual,
    visual,
    mean: facts.mean ?? known?.mean ?? OPENAI_MEAN,
    std: facts.std ?? known?.std ?? OPENAI_STD,
    contextLength: CONTEXT_LENGTH,
    vocabSize: VOCAB_SIZE,
    alreadyOptimized: false,
    ...(facts.imageSize === undefined ? {} : { imageSize: facts.imageSize }),
    ...(facts.resize === undefined ? {} : { resize: facts.resize }),
    ...(facts.imageLibrary === undefined ? {} : { imageLibrary: facts.imageLibrary }),
    ...(known === undefined ? {} : { likelyImageSize: known.vision.imageSize }),
  };
}
