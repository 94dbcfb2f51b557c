/** What becomes of a sampled request, written down as it happens; spans are made of it at its end. */
import type { Attributes, SpanContext } from "@opentelemetry/api";
import type { ErrorKind } from "../../errors.ts";
import type { Modality } from "../../model/item.ts";
import {
  type ItemCourse,
  type ItemTimes,
  RequestTrace,
  type StageDetails,
  type StageName,
} from "../request_trace.ts";
import { EngineCourse, type Interval } from "./engine_course.ts";
import { traceparentOf } from "./trace_parent.ts";

/** A stage that has ended. */
export interface Stage extends Interval {
  name: StageName;
  details: StageDetails;
}

/** Stages, and works of executors, that are written down of one request. */
const MAX_STAGES = 32;
const MAX_ENCODINGS = 16;

/** What is known of a request's own span when it begins. */
export interface SpanHead {
  own: SpanContext;
  /** Undefined if the trace begins with it. */
  parent: SpanContext | undefined;
  name: string;
  attributes: Attributes;
}

/** One request. */
export class RequestRecord extends RequestTrace {
  readonly stages: Stage[] = [];
  readonly encodings: EncodingRecord[] = [];
  readonly head: SpanHead;

  constructor(head: SpanHead) {
    super();
    this.head = head;
  }

  override get traceparent(): string {
    return traceparentOf(this.head.own);
  }

  override stage(name: StageName, began: number, details: StageDetails = {}): void {
    write(this.stages, name, began, details);
  }

  override encoding(executor: string, model: string, items: number): RequestTrace {
    if (this.encodings.length >= MAX_ENCODINGS) return this;
    const encoding = new EncodingRecord(this, executor, model, items);
    this.encodings.push(encoding);
    return encoding;
  }
}

/** The work of one executor for a request; what it hears the request hears too. */
export class EncodingRecord extends RequestTrace implements Interval {
  readonly executor: string;
  readonly model: string;
  /** Items that it was given, whatever became of them. */
  readonly given: number;
  readonly began = performance.now();
  ended = this.began;
  error: ErrorKind | undefined;
  readonly stages: Stage[] = [];
  readonly courses: Partial<Record<Modality, EngineCourse>> = {};
  readonly #request: RequestRecord;

  constructor(request: RequestRecord, executor: string, model: string, given: number) {
    super();
    this.#request = request;
    this.executor = executor;
    this.model = model;
    this.given = given;
  }

  override get traceparent(): string {
    return this.#request.traceparent;
  }

  override item(kind: Modality | "uri"): void {
    super.item(kind);
    this.#request.item(kind);
  }

  override hit(): void {
    super.hit();
    this.#request.hit();
  }

  override miss(): void {
    super.miss();
    this.#request.miss();
  }

  override join(): void {
    super.join();
    this.#request.join();
  }

  override computed(times: ItemTimes, course?: ItemCourse): void {
    this.#request.computed(times);
    if (course) (this.courses[course.item.modality] ??= new EngineCourse()).add(course);
  }

  override stage(name: StageName, began: number, details: StageDetails = {}): void {
    write(this.stages, name, began, details);
  }

  override encoded(error?: ErrorKind): void {
    this.ended = performance.now();
    this.error = error;
  }
}

function write(stages: Stage[], name: StageName, began: number, details: StageDetails): void {
  if (stages.length >= MAX_STAGES) return;
  stages.push({ name, began, ended: details.ended ?? performance.now(), details });
}
