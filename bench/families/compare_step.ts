/**
 * A step of `families.ts`: the engine in fp32 and in int8 against a bare session of the fp32 graphs,
 * in one process and in turns.
 */
import { join } from "node:path";
import type { TextArchitecture } from "../../src/checkpoint/state_dict.ts";
import { readManifest } from "../../src/graph/manifest.ts";
import { hasFixedLength } from "../../src/graph/text_tower.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { type IdTokenizer, openTokenizer } from "../../src/model/tokenizer/open_tokenizer.ts";
import { BareSession } from "../bare_session.ts";
import { cosineDistance, median } from "../embedding.ts";
import { embedAll, startBenchExecutor } from "../executor.ts";
import { type Caption, captions, photos } from "../inputs.ts";
import { answerStep, stepTask } from "../step.ts";

/** A model that is converted to fp32 already. */
export interface CompareTask {
  name: string;
  checkpoint: string;
  /** The cache that holds its graphs. */
  cache: string;
}

/** Medians over the rounds, of what each did in the same round. */
export interface CompareAnswer {
  /** Ids of a text, on average. */
  meanLength: number;
  bareTextsPerSecond: number;
  bareImagesPerSecond: number;
  /** Engine over bare session. */
  texts: number;
  images: number;
  /** int8 over fp32, by the engine. */
  textsInt8: number;
  imagesInt8: number;
  /** Cosine distance of int8 from fp32: the largest of those that were embedded. */
  textDistance: number;
  imageDistance: number;
}

const ROUNDS = 3;
const BATCH = 16;
/** About how long one of a round's parts takes. */
const BUDGET_MS = 3000;
const MOST_TEXTS = 192;
const MOST_IMAGES = 64;

/** The captions as this model's ids. */
function ownIds(lines: readonly Caption[], text: TextArchitecture, folder: string): Caption[] {
  const { contextLength, vocabSize, padId, tokenizer: description } = text;
  if (description.kind === "clip") return [...lines];
  const published = { description, folder, padId };
  const tokenizer: IdTokenizer = openTokenizer({ contextLength, vocabSize, published });
  const fixed = hasFixedLength(text);
  return lines.map(({ text }) => {
    const ids = new Int32Array(contextLength).fill(padId);
    const length = tokenizer.encodeInto(text, ids);
    return { text, ids: [...ids], length: fixed ? contextLength : length };
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** How many of these fit into the budget, in whole batches. */
async function affordable(most: number, batch: () => Promise<unknown>): Promise<number> {
  await batch();
  const batches = Math.floor(BUDGET_MS / await timed(batch));
  return Math.min(most, Math.max(1, batches) * BATCH);
}

/** Milliseconds of each, round by round, the first round apart. */
async function rounds<K extends string>(
  parts: Record<K, () => Promise<unknown>>,
): Promise<Record<K, number[]>> {
  const kinds = Object.keys(parts) as K[];
  const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<
    K,
    number[]
  >;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of kinds) {
      const ms = await timed(parts[kind]);
      if (round > 0) times[kind].push(ms);
    }
  }
  return times;
}

function quotient(over: readonly number[], under: readonly number[]): number {
  return median(over.map((ms, round) => ms / under[round]!));
}

function farthest(some: readonly Float32Array[], others: readonly Float32Array[]): number {
  return Math.max(...some.map((one, index) => cosineDistance(one, others[index]!)));
}

if (import.meta.main) {
  const { name, checkpoint, cache } = stepTask<CompareTask>();
  const graphs = join(cache, "graphs");
  const folder = [...Deno.readDirSync(graphs)]
    .find((entry) => entry.isDirectory && entry.name.includes("-fp32-"))!.name;
  const directory = join(graphs, folder);
  const { architecture: { text, vision } } = await readManifest(directory);
  const bare = await BareSession.open(directory, vision.imageSize);
  const model = { name, path: checkpoint, runtime: "torch", minibatchSize: BATCH } as const;
  const { encoder: fp32 } = await startBenchExecutor(model);
  const { encoder: int8 } = await startBenchExecutor({ ...model, dtype: "int8" });

  const lines = ownIds(captions().slice(0, MOST_TEXTS), text, directory);
  const textCount = await affordable(
    MOST_TEXTS,
    () => bare.texts(lines.slice(0, BATCH), BATCH, true),
  );
  const used = lines.slice(0, textCount);
  const texts = used.map(({ text }): EncodeItem => ({ modality: "text", text }));
  const byText = await rounds({
    bare: () => bare.texts(used, BATCH, true),
    fp32: () => embedAll(fp32, texts),
    int8: () => embedAll(int8, texts),
  });
  const imageCount = await affordable(MOST_IMAGES, () => bare.images(BATCH, BATCH));
  const images = (await photos(imageCount))
    .map((bytes): EncodeItem => ({ modality: "image", bytes }));
  const byImage = await rounds({
    bare: () => bare.images(imageCount, BATCH),
    fp32: () => embedAll(fp32, images),
    int8: () => embedAll(int8, images),
  });
  const answer: CompareAnswer = {
    meanLength: used.reduce((sum, { length }) => sum + length, 0) / textCount,
    bareTextsPerSecond: 1000 * textCount / median(byText.bare),
    bareImagesPerSecond: 1000 * imageCount / median(byImage.bare),
    texts: quotient(byText.bare, byText.fp32),
    images: quotient(byImage.bare, byImage.fp32),
    textsInt8: quotient(byText.fp32, byText.int8),
    imagesInt8: quotient(byImage.fp32, byImage.int8),
    textDistance: farthest(await embedAll(fp32, texts), await embedAll(int8, texts)),
    imageDistance: farthest(await embedAll(fp32, images), await embedAll(int8, images)),
  };
  await Promise.all([fp32.close(0), int8.close(0)]);
  answerStep(answer);
}
