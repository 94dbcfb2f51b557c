/** What a minibatch takes, from measured rates. */
import type { Modality } from "../../src/model/item.ts";

/** Milliseconds of a minibatch: so much for the run, and so much for each token or image in it. */
export interface Line {
  readonly runMs: number;
  readonly eachMs: number;
}

/** A kind of pod, by what its replica takes. */
export interface PodKind {
  readonly name: string;
  /** Of texts: each token, padding included, or each text where lengths are rounded up. */
  readonly text: Line & { readonly of: "token" | "text" };
  readonly image: Line;
  /** Milliseconds of a preprocessing worker for an image. */
  readonly prepareImageMs: number;
  readonly preprocessWorkers: number;
  /** Most items of a minibatch. */
  readonly minibatchSize: number;
}

/** Items a second of minibatches of a size. */
export interface MeasuredRate {
  readonly batch: number;
  readonly perSecond: number;
}

/** The line through two measured rates. */
export function lineThrough(small: MeasuredRate, large: MeasuredRate): Line {
  const ms = ({ batch, perSecond }: MeasuredRate) => 1000 * batch / perSecond;
  const eachMs = (ms(large) - ms(small)) / (large.batch - small.batch);
  return { runMs: ms(small) - small.batch * eachMs, eachMs };
}

/**
 * ViT-B/32, fp32, two cores. Texts as in bench/gathering.ts: a run costs 11 tokens, a token 0.4 ms.
 * Images: the bare session's 18.5 a second one by one and the served 20.5 in minibatches of 32, in
 * which decoding has its share of the cores (docs/performance.md, "Serving").
 */
export const CPU_POD: PodKind = {
  name: "CPU",
  text: { runMs: 4.4, eachMs: 0.4, of: "token" },
  image: lineThrough({ batch: 1, perSecond: 18.5 }, { batch: 32, perSecond: 20.5 }),
  prepareImageMs: 4,
  preprocessWorkers: 2,
  minibatchSize: 64,
};

/**
 * ViT-B/32, fp16, CUDA on one H100 with 16 cores, served: pictures are bound by the processors that
 * decode them, which is in their line (docs/gpu.md).
 */
export const GPU_POD: PodKind = {
  name: "GPU",
  text: {
    ...lineThrough({ batch: 1, perSecond: 267 }, { batch: 128, perSecond: 21_437 }),
    of: "text",
  },
  image: lineThrough({ batch: 1, perSecond: 259 }, { batch: 128, perSecond: 948 }),
  prepareImageMs: 4,
  preprocessWorkers: 16,
  minibatchSize: 128,
};

/** Milliseconds of a minibatch of so many items, the longest of which has `longest` tokens. */
export function minibatchMs(
  kind: PodKind,
  modality: Modality,
  items: number,
  longest: number,
): number {
  if (modality === "image") return kind.image.runMs + items * kind.image.eachMs;
  const { runMs, eachMs, of } = kind.text;
  return runMs + eachMs * (of === "token" ? items * longest : items);
}
