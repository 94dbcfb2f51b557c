/** What text-embeddings-inference's routes compute: vectors, and how near texts are to each other. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { HttpCall } from "../../exchange/http.ts";
import type { Executor } from "../../service/executors.ts";
import { RequestTrace } from "../../telemetry/request_trace.ts";
import type { DialectContext } from "../context.ts";
import { embedder } from "../embed.ts";
import type { Work } from "./compute_headers.ts";
import { readInputs, requireSome, treat } from "./inputs.ts";
import type { EmbedRequest, RerankRequest, Treatment } from "./schemas.ts";

/** Units of work of a number that is multiplied. */
const PRODUCT_UNITS = 2;

/** Who asks. */
export interface Asked {
  call: HttpCall;
  /** The path. */
  endpoint: string;
  /** When the request began, by `performance.now()`. */
  began: number;
  trace: RequestTrace;
  /** Tells what was read; told before where the request is several. */
  read: HttpCall["watch"]["read"];
}

/** A result, and what it took. */
export interface Done<T> {
  result: T;
  work: Work;
}

/** A text of a list, and its cosine to the query. */
export interface Rank {
  index: number;
  score: number;
}

/** Somebody who asks now. */
export function asked(call: HttpCall, endpoint: string): Asked {
  const { watch } = call;
  return {
    call,
    endpoint,
    began: performance.now(),
    // The headers want to know, if nobody else does.
    trace: watch.trace ?? new RequestTrace(),
    read: (...read) => watch.read(...read),
  };
}

/** The work of a server. All throw {ClipError}, as `embedder` and `treat`. */
export class TeiWork {
  readonly #context: DialectContext;
  readonly #embed: ReturnType<typeof embedder>;

  constructor(context: DialectContext) {
    this.#context = context;
    this.#embed = embedder(context);
  }

  /** The model that is served: TEI has one, and looks at no name. */
  get executor(): Executor {
    return this.#context.service.executors.named(undefined);
  }

  /** The vectors of texts. */
  async embed(body: EmbedRequest, who: Asked): Promise<Done<Float32Array[]>> {
    const dimensions = this.#dimensions(body.dimensions);
    const texts = await readInputs(body.inputs, this.executor.tokenizer);
    return await this.#vectors(texts, body, who, {
      key: "inputs",
      form: { unit: body.normalize !== false, dimensions },
    });
  }

  /** How near sentences are to one: cosines. */
  async similarity(
    source: string,
    sentences: readonly string[],
    treatment: Treatment,
    who: Asked,
  ): Promise<Done<Float32Array>> {
    requireSome(sentences, "inputs.sentences");
    requireSome([source], "inputs.source_sentence");
    return await this.#cosines(source, sentences, treatment, who, "inputs.sentences");
  }

  /** Texts by how near they are to the query, the nearest first. */
  async rerank(body: RerankRequest, who: Asked): Promise<Done<Rank[]>> {
    requireSome(body.texts, "texts");
    requireSome([body.query], "query");
    const { result, work } = await this.#cosines(body.query, body.texts, body, who, "texts");
    const ranks = Array.from(result, (score, index) => ({ index, score }));
    return { result: ranks.sort((a, b) => b.score - a.score || a.index - b.index), work };
  }

  async #cosines(
    query: string,
    texts: readonly string[],
    treatment: Treatment,
    who: Asked,
    key: string,
  ): Promise<Done<Float32Array>> {
    const all = [query, ...texts];
    const options = { key, form: { unit: true }, queries: 1 };
    const { result: [first, ...others], work } = await this.#vectors(all, treatment, who, options);
    const result = await inSlices(function* (slices) {
      const scores = new Float32Array(others.length);
      for (const [i, vector] of others.entries()) {
        scores[i] = dot(first!, vector);
        if (slices.spent(PRODUCT_UNITS * vector.length)) yield;
      }
      return scores;
    }, who.call.signal);
    return { result, work };
  }

  async #vectors(
    texts: readonly string[],
    treatment: Treatment,
    { call, endpoint, began, trace, read }: Asked,
    { key, form, queries = 0 }: {
      key: string;
      form: { unit: boolean; dimensions?: number | undefined };
      /** Texts at the beginning that are not in the list. */
      queries?: number;
    },
  ): Promise<Done<Float32Array[]>> {
    const { executor } = this;
    const { signal } = call;
    const place = (index: number) =>
      index < queries ? "query" : texts.length === 1 ? key : `${key}[${index - queries}]`;
    const whole = await treat(texts, treatment, executor.tokenizer, { place, signal });
    const { vectors, tokens } = await this.#embed({
      items: whole.map((text) => ({ text })),
      executor,
      form,
      endpoint,
      bytes: call.body.length,
      place,
    }, { signal, watch: { trace, read, answered: () => {} } });
    const { provider } = executor.description;
    return { result: vectors, work: { texts, tokens, trace, began, provider } };
  }

  #dimensions(wanted: number | null | undefined): number | undefined {
    if (wanted === undefined || wanted === null || wanted === 0) return undefined;
    const { embedDim } = this.executor.encoder.shape;
    if (wanted <= embedDim) return wanted;
    throw new ClipError(
      "invalid",
      `\`dimensions\` is ${wanted}: it should be positive and less than or equal to ${embedDim}`,
    );
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
