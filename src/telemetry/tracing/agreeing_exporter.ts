/**
 * An exporter that finds out what its collector takes. JSON is written in half the time of protobuf,
 * and OTLP has collectors take both; one that takes protobuf alone refuses the first spans, and they
 * are sent again.
 */
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

/** HTTP statuses of who does not understand what was sent, or has no place for it. */
const NOT_UNDERSTOOD: ReadonlySet<unknown> = new Set([400, 404, 405, 406, 415, 422, 501]);

/** Of two exporters the one that its collector takes spans from. */
export class AgreeingExporter implements SpanExporter {
  readonly #first: SpanExporter;
  readonly #makeOther: () => Promise<SpanExporter>;
  readonly #otherTaken: () => void;
  #other: Promise<SpanExporter> | undefined;
  /** Undefined until spans have been taken. */
  #agreed: SpanExporter | undefined;

  /**
   * @param makeOther is asked for once at most.
   * @param otherTaken hears that it is the other.
   */
  constructor(first: SpanExporter, makeOther: () => Promise<SpanExporter>, otherTaken: () => void) {
    this.#first = first;
    this.#makeOther = makeOther;
    this.#otherTaken = otherTaken;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.#agreed) return this.#agreed.export(spans, done);
    this.#first.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#agreed ??= this.#first;
      else if (notUnderstood(result.error)) return void this.#tryOther(spans, done);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.#first.shutdown();
    await (await this.#other)?.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#first.forceFlush?.();
    await (await this.#other)?.forceFlush?.();
  }

  /** If it is refused too, it is the collector that is ill: both are tried again the next time. */
  async #tryOther(spans: ReadableSpan[], done: (result: ExportResult) => void): Promise<void> {
    try {
      const other = await (this.#other ??= this.#makeOther());
      other.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS && this.#agreed === undefined) {
          this.#agreed = other;
          this.#otherTaken();
        }
        done(result);
      });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      done({ code: ExportResultCode.FAILED, error });
    }
  }
}

function notUnderstood(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && NOT_UNDERSTOOD.has(error.code);
}
