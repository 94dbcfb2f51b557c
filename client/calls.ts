/** Calls of a client, and the connections that they share. */
import type { Document } from "../src/dialects/jina/document/document.ts";
import type { DataResponse } from "../src/dialects/jina/document/request.ts";
import type { Content, Contents } from "./document.ts";
import type { Endpoint } from "./endpoints.ts";
import { requireMany, totalOf } from "./many.ts";
import { callNumbers, type CallOptions, type ClipClientOptions } from "./options.ts";
import { SYSTEM_CLOCK } from "./stream/clock.ts";
import { send } from "./stream/deliver.ts";
import { overDeadline, runJob } from "./stream/job.ts";
import type { Outcome } from "./stream/outcome.ts";
import { Progress } from "./stream/progress.ts";
import { Retrier } from "./stream/retry.ts";
import { follow } from "./stream/time_limit.ts";
import { type TraceContext, traceContextOf } from "./trace_context.ts";
import { openTransport } from "./transports/open.ts";
import type { ConnectOptions, Session, Transport } from "./transports/transport.ts";

/** What a client calls its server by. */
export class Calls {
  readonly #connect: ConnectOptions;
  readonly #options: ClipClientOptions;
  readonly #retrier: Retrier;
  #transport: Promise<Transport> | undefined;

  /** Connects to nothing yet. */
  constructor(connect: ConnectOptions, options: ClipClientOptions) {
    this.#connect = connect;
    this.#options = options;
    this.#retrier = new Retrier(options.retry ?? {}, options.clock ?? SYSTEM_CLOCK);
  }

  /**
   * Any call: batches of outcomes.
   * @throws {ClipClientError} usage: wrong options; as `runJob`.
   */
  async *run<T extends Content>(
    contents: Contents<T>,
    { path, parameters, safe, check }: Endpoint,
    options: CallOptions,
    ordered = true,
  ): AsyncGenerator<Outcome<T>[], void, void> {
    requireMany(contents);
    const numbers = callNumbers(options, this.#options.timeoutMs);
    const tell = options.onProgress;
    options.signal?.throwIfAborted();
    const trace = traceContextOf(options.traceContext);
    yield* runJob(contents, {
      ...numbers,
      endpoint: path,
      parameters,
      safe,
      check,
      ordered,
      urls: this.#options.urls ?? "client",
      targetExecutor: options.targetExecutor,
      session: await this.#session(numbers.prefetch, trace),
      trace,
      retrier: this.#retrier,
      signal: options.signal,
      onExchange: options.onExchange,
      progress: tell && new Progress(tell, totalOf(contents), () => performance.now()),
    });
  }

  /** One request. @throws {ClipClientError} as its answer says. */
  async once(
    docs: Document[],
    { path, parameters, safe }: Endpoint,
    options: CallOptions,
  ): Promise<DataResponse> {
    const { timeoutMs, deadlineMs } = callNumbers(options, this.#options.timeoutMs);
    const trace = traceContextOf(options.traceContext);
    const session = await this.#session(1, trace);
    const limit = follow(options.signal, deadlineMs, () => overDeadline(deadlineMs));
    try {
      return await send(docs, {
        session,
        trace,
        retrier: this.#retrier,
        endpoint: path,
        parameters,
        targetExecutor: options.targetExecutor,
        safe,
        timeoutMs,
        onExchange: options.onExchange,
        signal: limit.signal,
      });
    } finally {
      limit.end();
      session.close();
    }
  }

  async #session(prefetch: number, trace: TraceContext | undefined): Promise<Session> {
    this.#transport ??= openTransport(this.#connect);
    return (await this.#transport).open({ prefetch, trace });
  }

  /** Closes what is open; a call that comes later opens it again. */
  async close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = undefined;
    (await transport?.catch(() => undefined))?.close();
  }
}
