/**
 * The spans inside a request, out of what was written down of it. Their number is bounded, whatever
 * the number of items: an interval from the first that was in a stage to the last.
 */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { ErrorKind } from "../../errors.ts";
import type { EngineCourse, Interval } from "./engine_course.ts";
import type { EncodingRecord, RequestRecord, Stage } from "./request_record.ts";
import type { EndedRequest } from "./server_span.ts";
import { CLIENTS_OWN } from "./rpc_status.ts";

/** Shorter ones of what is always there, reading and writing, are not worth a span. */
const LEAST_MS = 1;

/** Draws them. @param offset as `WallClock` has it. */
export function drawSpans(
  tracer: Tracer,
  server: Span,
  record: RequestRecord,
  request: EndedRequest,
  offset: number,
): void {
  const pen = new Pen(tracer, offset);
  const context = trace.setSpan(ROOT_CONTEXT, server);
  for (const stage of record.stages) drawStage(pen, context, request, stage);
  const admitted = record.stages.find(({ name }) => name === "admission")?.ended;
  if (admitted !== undefined && request.read !== undefined) {
    drawLong(pen, "decode", context, request, { began: admitted, ended: request.read.at });
  }
  for (const encoding of record.encodings) drawEncoding(pen, context, request, encoding);
  const last = Math.max(
    ...record.encodings.map(({ ended }) => ended),
    ...record.stages.map(({ ended }) => ended),
  );
  if (record.encodings.length > 0) {
    drawLong(pen, "answer", context, request, { began: last, ended: request.ended });
  }
}

function drawEncoding(
  pen: Pen,
  parent: Context,
  bounds: Interval,
  encoding: EncodingRecord,
): void {
  const attributes: Attributes = {
    "clipline.executor": encoding.executor,
    "clipline.model": encoding.model,
    "clipline.items": encoding.given,
  };
  if (encoding.cached > 0) attributes["clipline.cache.hits"] = encoding.cached;
  if (encoding.missed > 0) attributes["clipline.cache.misses"] = encoding.missed;
  if (encoding.joined > 0) attributes["clipline.items.joined"] = encoding.joined;
  // One that is under way when the request is given up ends with it.
  const ended = encoding.ended > encoding.began ? encoding.ended : bounds.ended;
  const own = { began: encoding.began, ended };
  const context = pen.draw("encode", parent, bounds, own, attributes, encoding.error);
  for (const stage of encoding.stages) drawStage(pen, context, own, stage);
  for (const [modality, course] of Object.entries(encoding.courses)) {
    drawCourse(pen, context, own, modality, course);
  }
}

function drawCourse(
  pen: Pen,
  parent: Context,
  bounds: Interval,
  modality: string,
  course: EngineCourse,
): void {
  const { stages, items, minibatches, minibatchItems, fill, replicas } = course;
  const of = { "clipline.modality": modality };
  const { waiting, preprocess, queue, compute } = stages;
  if (waiting.ended - waiting.began >= LEAST_MS) {
    pen.draw("queue", parent, bounds, waiting, { ...of, "clipline.queue.for": "preprocess" });
  }
  if (preprocess.ended >= preprocess.began) pen.draw("preprocess", parent, bounds, preprocess, of);
  if (items === 0) return;
  pen.draw("queue", parent, bounds, queue, { ...of, "clipline.queue.for": "compute" });
  pen.draw("compute", parent, bounds, compute, {
    ...of,
    "clipline.items": items,
    "clipline.replicas": [...replicas],
    "clipline.minibatch.count": minibatches,
    // Means of them.
    "clipline.minibatch.size": minibatchItems / minibatches,
    "clipline.minibatch.fill": fill / minibatches,
  });
}

function drawStage(pen: Pen, parent: Context, bounds: Interval, stage: Stage): void {
  const { count, executor, error } = stage.details;
  const attributes: Attributes = {};
  if (count !== undefined) attributes["clipline.items"] = count;
  if (executor !== undefined) attributes["clipline.executor"] = executor;
  pen.draw(stage.name, parent, bounds, stage, attributes, error);
}

function drawLong(
  pen: Pen,
  name: string,
  parent: Context,
  bounds: Interval,
  interval: Interval,
): void {
  if (interval.ended - interval.began >= LEAST_MS) pen.draw(name, parent, bounds, interval, {});
}

class Pen {
  readonly #tracer: Tracer;
  readonly #offset: number;

  constructor(tracer: Tracer, offset: number) {
    this.#tracer = tracer;
    this.#offset = offset;
  }

  /** Draws a span within its parent's bounds. @returns the context of those inside it. */
  draw(
    name: string,
    parent: Context,
    bounds: Interval,
    { began, ended }: Interval,
    attributes: Attributes,
    error?: ErrorKind,
  ): Context {
    // An item that was under way for somebody else already began before its request.
    const from = Math.min(Math.max(began, bounds.began), bounds.ended);
    const to = Math.max(from, Math.min(ended, bounds.ended));
    const startTime = from + this.#offset;
    if (error !== undefined) attributes["error.type"] = error;
    const span = this.#tracer.startSpan(name, { startTime, attributes }, parent);
    if (error !== undefined && !CLIENTS_OWN.has(error)) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    }
    span.end(to + this.#offset);
    return trace.setSpan(parent, span);
  }
}
