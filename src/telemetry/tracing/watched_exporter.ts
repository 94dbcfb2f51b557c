/** An exporter that says when the collector cannot be reached, and when it can again. */
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";
import { withoutSecrets } from "../redact.ts";

/** While it goes on it is said this often. */
const AGAIN_MS = 10 * 60_000;

/** Texts that are told in that time. */
const MAX_SAID = 20;

/** Longest reason that is told. */
const MAX_REASON = 300;

/** Hears what becomes of spans. */
export class ExportTrouble {
  readonly #log: Log;
  readonly #now: () => number;
  #lost = 0;
  #toldLost = -Infinity;
  /** When which text was told, its numbers left out. */
  readonly #said = new Map<string, number>();
  #failing = false;

  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** So many spans are gone. The first time it is told, and then now and then. */
  lost(spans: number, reason: string): void {
    this.#lost += spans;
    this.#failing = true;
    const now = this.#now();
    if (now - this.#toldLost < AGAIN_MS) return;
    this.#toldLost = now;
    this.#log.warn("Traces cannot be sent: spans are dropped, requests are served as before", {
      spans: this.#lost,
      reason: withoutSecrets(reason.slice(0, MAX_REASON)),
    });
  }

  /** Spans have been taken. */
  arrived(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#toldLost = -Infinity;
    this.#log.info("Traces are sent again", { lost: this.#lost });
    this.#lost = 0;
  }

  /** What the packages have to say. */
  said(text: string): void {
    const now = this.#now();
    const kind = text.slice(0, MAX_REASON).replace(/\d+/g, "");
    for (const [known, at] of this.#said) if (now - at >= AGAIN_MS) this.#said.delete(known);
    if (this.#said.has(kind) || this.#said.size >= MAX_SAID) return;
    this.#said.set(kind, now);
    this.#log.warn("OpenTelemetry says", { text: withoutSecrets(text.slice(0, MAX_REASON)) });
  }
}

/** The same exporter, watched. What it throws is an export that failed. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #trouble: ExportTrouble;

  constructor(exporter: SpanExporter, trouble: ExportTrouble) {
    this.#exporter = exporter;
    this.#trouble = trouble;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    try {
      this.#exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) this.#trouble.arrived();
        else this.#trouble.lost(spans.length, result.error?.message || "no reason was given");
        done(result);
      });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#trouble.lost(spans.length, error.message);
      done({ code: ExportResultCode.FAILED, error });
    }
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }
}
