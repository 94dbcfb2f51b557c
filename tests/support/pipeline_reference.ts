/** Real texts and images, and what the original's whole pipeline makes of them. */
import { fixtureLines } from "../model/tokenizer/fixture_lines.ts";
import { readNpy } from "../graph/reference.ts";
import type { Question } from "./embed_http.ts";

const EMBEDDINGS = new URL("../fixtures/embeddings/", import.meta.url);
const IMAGES = new URL("../fixtures/images/files/", import.meta.url);
/** Every so many lines of the tokenizer's fixture have a reference. */
const LINE_STEP = 32;

/** Documents and the embeddings they must have. */
export interface PipelineReference {
  questions: Question[];
  /** A name for each. */
  labels: string[];
  /** Row after row. */
  embeds: Float32Array;
  width: number;
}

function reference(file: string, labels: string[], questions: Question[]): PipelineReference {
  const { shape, bytes } = readNpy(new URL(file, EMBEDDINGS));
  if (shape[0] !== questions.length) throw new RangeError(`${file} has ${shape[0]} rows`);
  return { questions, labels, embeds: new Float32Array(bytes), width: shape[1]! };
}

/**
 * Texts of all kinds: captions, other scripts, mojibake, too long ones. An empty one is left out: a
 * document with it has nothing to embed, as in Jina.
 */
export function textReference(model: "vit-a" | "rn-a"): PipelineReference {
  const texts = fixtureLines<{ text: string }>("tokens")
    .filter((_, index) => index % LINE_STEP === 0).map(({ text }) => text);
  const all = reference(`${model}_texts.npy`, texts, texts.map((text) => ({ text })));
  const kept = texts.flatMap((text, row) => text === "" ? [] : [row]);
  const rows = kept.flatMap((row) => [...all.embeds.slice(row * all.width, (row + 1) * all.width)]);
  return {
    questions: kept.map((row) => all.questions[row]!),
    labels: kept.map((row) => all.labels[row]!),
    embeds: Float32Array.from(rows),
    width: all.width,
  };
}

/** 54 image files of all formats. */
export function imageReference(model: "vit-a" | "rn-a"): PipelineReference {
  const files: string[] = JSON.parse(Deno.readTextFileSync(new URL("images.json", EMBEDDINGS)));
  return reference(
    `${model}_images.npy`,
    files,
    files.map((file) => ({ blob: Deno.readFileSync(new URL(file, IMAGES)) })),
  );
}
