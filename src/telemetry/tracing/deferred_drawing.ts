/**
 * Requests are drawn some at a time: the code and what it touches are at hand then, and drawing one
 * costs a fraction of what it would between two requests.
 */
import type { RequestRecord } from "./request_record.ts";
import { drawRequest } from "./request_spans.ts";
import type { EndedRequest } from "./server_span.ts";
import type { SpanTarget } from "./span_pen.ts";

/** So many are drawn together, at most: well below a millisecond's work. */
const MOST = 64;
/** None waits longer, in milliseconds. */
const LONGEST_MS = 100;

/** What waits to be drawn; a few, and briefly. */
export class DeferredDrawing {
  readonly #target: SpanTarget;
  #waiting: { record: RequestRecord; request: EndedRequest }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(target: SpanTarget) {
    this.#target = target;
  }

  /** One more. */
  add(record: RequestRecord, request: EndedRequest): void {
    if (this.#waiting.push({ record, request }) >= MOST) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), LONGEST_MS);
  }

  /** Draws all that wait. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { record, request } of waiting) drawRequest(this.#target, record, request);
  }
}
