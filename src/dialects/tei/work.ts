/** What text-embeddings-inference's routes compute: vectors, and how near texts are to each other. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { HttpCall } from "../../exchange/http.ts";
import type { Executor } from "../../service/executors.ts";
import { rank, type RankScore, SOFTMAX } from "../../service/rank.ts";
import type { VectorForm } from "../../service/vector.ts";
import { RequestTrace } from "../../telemetry/request_trace.ts";
import type { DialectContext } from "../context.ts";
import { embedder } from "../embed.ts";
import type { Work } from "./compute_headers.ts";
import { readInputs, requireSome, treat } from "./inputs.ts";
import type { EmbedRequest, RerankRequest, Treatment } from "./schemas.ts";

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
      place: (index) => texts.length === 1 ? "inputs" : `inputs[${index}]`,
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
    const keys = { query: "inputs.source_sentence", list: "inputs.sentences" };
    const { result, work } = await this.#rank(source, sentences, treatment, who, keys);
    const cosines = new Float32Array(result.length);
    for (const { index, cosine } of result) cosines[index] = cosine;
    return { result: cosines, work };
  }

  /** Texts by how near they are to the query, the nearest first. */
  async rerank(body: RerankRequest, who: Asked): Promise<Done<RankScore[]>> {
    requireSome(body.texts, "texts");
    requireSome([body.query], "query");
    const keys = { query: "query", list: "texts" };
    return await this.#rank(body.query, body.texts, body, who, keys);
  }

  async #rank(
    query: string,
    texts: readonly string[],
    treatment: Treatment,
    who: Asked,
    keys: { query: string; list: string },
  ): Promise<Done<RankScore[]>> {
    const place = (index: number) => index === 0 ? keys.query : `${keys.list}[${index - 1}]`;
    const options = { place, form: { unit: false } };
    const done = await this.#vectors([query, ...texts], treatment, who, options);
    const [first, ...others] = done.result;
    const result = await inSlices(
      (slices) => rank(first!, others, SOFTMAX, slices),
      who.call.signal,
    );
    return { result, work: done.work };
  }

  async #vectors(
    texts: readonly string[],
    treatment: Treatment,
    { call, endpoint, began, trace, read }: Asked,
    { place, form }: { place: (index: number) => string; form: VectorForm },
  ): Promise<Done<Float32Array[]>> {
    const { executor } = this;
    const { signal } = call;
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
