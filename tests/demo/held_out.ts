/** The committed held-out set of the toy world (tests/fixtures/demo) and how it is scored. */

/** A multiple-choice question: which of the candidate sentences fits the picture best. */
export interface Question {
  /** Path below tests/fixtures/demo. */
  readonly file: string;
  /** Index of the right candidate. */
  readonly answer: number;
  /** Candidates of this question alone; otherwise the task's. */
  readonly candidates?: readonly string[];
}

/** heldout.json, as tools/demo-model/heldout.py writes it. */
export interface HeldOut {
  readonly pictures: readonly { readonly file: string; readonly caption: string }[];
  readonly zero_shot: Readonly<
    Record<
      string,
      { readonly candidates?: readonly string[]; readonly items: readonly Question[] }
    >
  >;
  /** Captions, each true of its own picture alone. */
  readonly retrieval: readonly { readonly file: string; readonly text: string }[];
}

/** Embeddings of length 1 by text or by file. */
export type Vectors = ReadonlyMap<string, Float32Array>;

/** The questions' candidates and the captions, each once. */
export function allTexts(set: HeldOut): string[] {
  const texts = new Set(set.retrieval.map((pair) => pair.text));
  for (const task of Object.values(set.zero_shot)) {
    for (const list of [task.candidates, ...task.items.map((item) => item.candidates)]) {
      for (const text of list ?? []) texts.add(text);
    }
  }
  return [...texts];
}

/** Right answers to one task, in per cent. */
export function answerRate(set: HeldOut, task: string, texts: Vectors, images: Vectors): number {
  const { candidates = [], items } = set.zero_shot[task]!;
  const right = items.filter((item) => {
    const image = images.get(item.file)!;
    const scores = (item.candidates ?? candidates).map((text) => dot(texts.get(text)!, image));
    return scores.indexOf(Math.max(...scores)) === item.answer;
  });
  return 100 * right.length / items.length;
}

/** How often a caption finds its own picture first among those of all captions, in per cent. */
export function recallAt1(set: HeldOut, texts: Vectors, images: Vectors): number {
  const found = set.retrieval.filter(({ file, text }) => {
    const query = texts.get(text)!;
    const own = dot(query, images.get(file)!);
    return set.retrieval.every((other) =>
      other.file === file || dot(query, images.get(other.file)!) < own
    );
  });
  return 100 * found.length / set.retrieval.length;
}

/** A vector scaled to length 1. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
