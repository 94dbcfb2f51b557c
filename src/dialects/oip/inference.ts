/** An inference request, served: from its tensors to its answer, counted. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { MessageContext } from "../../exchange/message.ts";
import { RequestTrace } from "../../telemetry/request_trace.ts";
import type { DialectContext } from "../context.ts";
import { type Embed, embedder } from "../embed.ts";
import type { InferAnswer } from "./infer_answer.ts";
import type { InferLimits, InferRequest, Parameters } from "./infer_request.ts";
import type { FoundModel } from "./models.ts";
import { itemPlace, readItems } from "./request_items.ts";
import type { Statistics } from "./statistics.ts";

/** As the log and the metrics call what is done here. */
const ENDPOINT = "/infer";

/** One request. */
export interface Inquiry {
  model: FoundModel;
  request: InferRequest;
  /** Of its message. */
  bytes: number;
  /** When its bytes were there, by `performance.now()`. */
  began: number;
}

/** Serves requests. */
export class Inference {
  readonly limits: InferLimits;
  readonly #embed: Embed;
  readonly #statistics: Statistics;

  constructor(context: DialectContext, statistics: Statistics) {
    this.limits = { maxElements: context.flow.maxDocuments };
    this.#embed = embedder(context);
    this.#statistics = statistics;
  }

  /**
   * Serves a request.
   * @param write makes what is sent of the answer.
   * @throws {ClipError} invalid: as `readItems`; else as the service, and the first item's fault.
   */
  async serve<Written>(
    { model, request, bytes, began }: Inquiry,
    { signal, flow, grow, watch }: MessageContext,
    write: (answer: InferAnswer) => Written | Promise<Written>,
  ): Promise<Written> {
    const unit = isUnit(request.parameters);
    const { input, items } = await inSlices(
      (slices) => readItems(request, this.limits, slices, grow),
      signal,
    );
    const { executor, name } = model;
    const trace = watch.trace ?? new RequestTrace();
    try {
      const { vectors } = await this.#embed(
        { items, executor, form: { unit }, endpoint: ENDPOINT, bytes, place: itemPlace(input) },
        { signal, ...(flow ? { flow } : {}), watch: heard(watch, trace) },
      );
      const embedded = performance.now();
      const size = executor.encoder.shape.embedDim;
      const written = await write({ model: name, id: request.id, vectors, size });
      const now = performance.now();
      const times = { totalMs: now - began, outputMs: now - embedded };
      this.#statistics.served(executor, { items: items.length, trace, ...times });
      return written;
    } catch (thrown) {
      this.#statistics.failed(executor, performance.now() - began);
      throw thrown;
    }
  }
}

/** The same watch, with somebody who wants to hear what becomes of the items. */
function heard(watch: MessageContext["watch"], trace: RequestTrace): MessageContext["watch"] {
  if (watch.trace === trace) return watch;
  return {
    trace,
    read: (endpoint, documents, bytes) => watch.read(endpoint, documents, bytes),
    answered: (outcome, bytes, status) => watch.answered(outcome, bytes, status),
  };
}

/** Whether vectors are wanted with length 1. @throws {ClipError} invalid */
function isUnit(parameters: Parameters): boolean {
  const normalize = parameters["normalize"] ?? true;
  if (typeof normalize === "boolean") return normalize;
  throw new ClipError("invalid", "Parameter 'normalize' is true or false");
}
