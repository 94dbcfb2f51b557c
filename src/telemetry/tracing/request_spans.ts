/**
 * The spans of a request, out of what was written down of it. Their number is bounded, whatever
 * the number of items: an interval from the first that was in a stage to the last.
 */
import type { Attributes, SpanContext } from "@opentelemetry/api";
import type { ErrorKind } from "../../errors.ts";
import type { EngineCourse, Interval } from "./engine_course.ts";
import type { EncodingRecord, RequestRecord, Stage } from "./request_record.ts";
import { addEndAttributes, type EndedRequest, faultOf } from "./server_span.ts";
import { CLIENTS_OWN } from "./clients_own.ts";
import { SpanPen, type SpanTarget } from "./span_pen.ts";

/** Shorter ones of what is always there, reading and writing, are not worth a span. */
const LEAST_MS = 1;

/** Draws a request that has ended: what is inside it, and then its own span. */
export function drawRequest(
  target: SpanTarget,
  record: RequestRecord,
  request: EndedRequest,
): void {
  const pen = new SpanPen(target, request.offset);
  const { own, parent, name, attributes } = record.head;
  drawInside(pen, own, record, request);
  addEndAttributes(attributes, record, request);
  pen.server(name, own, parent, request, attributes, faultOf(request));
}

function drawInside(
  pen: SpanPen,
  server: SpanContext,
  record: RequestRecord,
  request: EndedRequest,
): void {
  for (const stage of record.stages) drawStage(pen, server, request, stage);
  const admitted = record.stages.find(({ name }) => name === "admission")?.ended;
  if (admitted !== undefined && request.read !== undefined) {
    drawLong(pen, "decode", server, request, { began: admitted, ended: request.read.at });
  }
  for (const encoding of record.encodings) drawEncoding(pen, server, request, encoding);
  if (record.encodings.length === 0) return;
  let last = -Infinity;
  for (const { ended } of record.encodings) last = Math.max(last, ended);
  for (const { ended } of record.stages) last = Math.max(last, ended);
  drawLong(pen, "answer", server, request, { began: last, ended: request.ended });
}

function drawEncoding(
  pen: SpanPen,
  parent: SpanContext,
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
  const context = draw(pen, "encode", parent, bounds, own, attributes, encoding.error);
  for (const stage of encoding.stages) drawStage(pen, context, own, stage);
  for (const [modality, course] of Object.entries(encoding.courses)) {
    drawCourse(pen, context, own, modality, course);
  }
}

function drawCourse(
  pen: SpanPen,
  parent: SpanContext,
  bounds: Interval,
  modality: string,
  course: EngineCourse,
): void {
  const { stages, items, minibatches, minibatchItems, fill, replicas } = course;
  const of = { "clipline.modality": modality };
  const { waiting, preprocess, queue, compute } = stages;
  if (waiting.ended - waiting.began >= LEAST_MS) {
    pen.inside("queue", parent, bounds, waiting, { ...of, "clipline.queue.for": "preprocess" });
  }
  if (preprocess.ended >= preprocess.began) {
    pen.inside("preprocess", parent, bounds, preprocess, of);
  }
  if (items === 0) return;
  pen.inside("queue", parent, bounds, queue, { ...of, "clipline.queue.for": "compute" });
  pen.inside("compute", parent, bounds, compute, {
    ...of,
    "clipline.items": items,
    "clipline.replicas": [...replicas],
    "clipline.minibatch.count": minibatches,
    // Means of them.
    "clipline.minibatch.size": minibatchItems / minibatches,
    "clipline.minibatch.fill": fill / minibatches,
  });
}

function drawStage(pen: SpanPen, parent: SpanContext, bounds: Interval, stage: Stage): void {
  const { count, executor, error } = stage.details;
  const attributes: Attributes = {};
  if (count !== undefined) attributes["clipline.items"] = count;
  if (executor !== undefined) attributes["clipline.executor"] = executor;
  draw(pen, stage.name, parent, bounds, stage, attributes, error);
}

function drawLong(
  pen: SpanPen,
  name: string,
  parent: SpanContext,
  bounds: Interval,
  interval: Interval,
): void {
  if (interval.ended - interval.began >= LEAST_MS) pen.inside(name, parent, bounds, interval, {});
}

function draw(
  pen: SpanPen,
  name: string,
  parent: SpanContext,
  bounds: Interval,
  interval: Interval,
  attributes: Attributes,
  error: ErrorKind | undefined,
): SpanContext {
  if (error !== undefined) attributes["error.type"] = error;
  const fault = error !== undefined && !CLIENTS_OWN.has(error) ? error : undefined;
  return pen.inside(name, parent, bounds, interval, attributes, fault);
}
