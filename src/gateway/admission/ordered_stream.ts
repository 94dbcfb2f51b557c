/**
 * A stream of requests and its stream of answers, whatever protocol carries them: many requests in
 * work at a time, answers in the order of the requests, and nothing read that there is no room for.
 */
import { ClipError } from "../../errors.ts";
import type { StreamAllowance } from "../keys/allowance.ts";
import type { Capacity } from "./admission.ts";
import type { Gate } from "./gate.ts";

/**
 * Bytes that one stream may hold, requests in work and answers not yet taken by the client together;
 * one request may always be in work, however large.
 */
const STREAM_BUFFER_BYTES = 64 * 2 ** 20;

/** One client's two streams. */
export interface StreamPort<Message, Answer> {
  /** The next request; undefined once the client has ended its side or is gone. Never reads ahead. */
  read(): Promise<Message | undefined>;
  /** Sends an answer; resolves when the connection has taken it, which a slow client puts off. */
  write(answer: Answer): Promise<void>;
  /** Fires when the client is gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** What bounds a stream. */
export interface StreamBounds {
  /** Bounds the requests of all clients. */
  gate: Gate;
  /** Whose room is waited for. */
  capacity: Capacity;
  /** Most requests of this stream in work or answered and not yet taken. */
  window: number;
  /** Fires when the server is stopping: the stream ends once nothing of it is in work. */
  draining: AbortSignal;
  /** How much the stream's key may do; undefined: as much as anybody. */
  allowance?: StreamAllowance | undefined;
}

/**
 * Does the work of one request, which if it had to wait to be let in was there at `readAt`
 * (milliseconds of `performance.now()`). What it throws ends the stream, after the
 * answers before it.
 */
export type StreamWork<Message, Answer> = (
  message: Message,
  context: { signal: AbortSignal; flow: object; readAt: number | undefined },
) => Promise<Answer>;

/** How a stream ended: the client ended it, or the server is stopping. */
export type StreamEnd = "client" | "draining";

/**
 * Serves a stream until the client has ended its side and every answer is sent.
 * @throws {ClipError} what ended it early; work that had not begun is dropped then.
 */
export async function serveInOrder<Message extends Sized, Answer extends Sized>(
  port: StreamPort<Message, Answer>,
  bounds: StreamBounds,
  work: StreamWork<Message, Answer>,
): Promise<StreamEnd> {
  const stream = new OrderedStream(port, bounds, work);
  return await stream.run();
}

type Sized = { length: number };

class OrderedStream<Message extends Sized, Answer extends Sized> {
  readonly #port: StreamPort<Message, Answer>;
  readonly #bounds: StreamBounds;
  readonly #work: StreamWork<Message, Answer>;
  /** All requests of a stream share it: one client's bulk does not crowd out another's question. */
  readonly #flow = {};
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  #inFlight = 0;
  #bytes = 0;
  #sent: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(
    port: StreamPort<Message, Answer>,
    bounds: StreamBounds,
    work: StreamWork<Message, Answer>,
  ) {
    this.#port = port;
    this.#bounds = bounds;
    this.#work = work;
    this.#signal = AbortSignal.any([port.signal, this.#failed.signal]);
  }

  async run(): Promise<StreamEnd> {
    const wake = () => this.#wake?.();
    this.#signal.addEventListener("abort", wake);
    this.#bounds.draining.addEventListener("abort", wake);
    try {
      const end = await this.#readAll();
      await this.#sent;
      this.#check();
      return end;
    } finally {
      this.#bounds.draining.removeEventListener("abort", wake);
      this.#bounds.allowance?.end();
      this.#failed.abort(new ClipError("cancelled", "The stream has ended"));
    }
  }

  async #readAll(): Promise<StreamEnd> {
    const { gate, capacity, allowance } = this.#bounds;
    for (;;) {
      while (this.#full) await this.#change();
      this.#check();
      await capacity.room(this.#signal);
      if (allowance) await this.#allowed((signal) => allowance.room(signal));
      // Passed through, not held: a stream that sends nothing must not keep others out.
      await gate.room(this.#signal);
      const message = await this.#read();
      if (message === undefined) return this.#ended;
      const readAt = allowance || gate.fullForStreams ? performance.now() : undefined;
      // Not before it is read: that the client has ended its side is to be seen at once.
      if (allowance && !await this.#allowed((signal) => allowance.enter(message.length, signal))) {
        return "draining";
      }
      const leave = await gate.enter(this.#signal);
      this.#start(message, leave, readAt);
    }
  }

  /**
   * Waits for a key's allowance, which may take long: a server that stops does not wait for it.
   * @returns whether it came.
   */
  async #allowed(wait: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const stopped = new AbortController();
    const stop = () => stopped.abort();
    const signals = [this.#signal, this.#bounds.draining];
    for (const signal of signals) {
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
    }
    try {
      await wait(stopped.signal);
      return true;
    } catch {
      this.#check();
      return false;
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", stop);
    }
  }

  get #full(): boolean {
    if (this.#signal.aborted || this.#inFlight === 0) return false;
    const { window, capacity } = this.#bounds;
    return this.#inFlight >= window || this.#bytes >= STREAM_BUFFER_BYTES ||
      capacity.behind(this.#flow);
  }

  /** The next message; undefined at the end, or while draining as soon as nothing is in work. */
  async #read(): Promise<Message | undefined> {
    const { draining } = this.#bounds;
    let message: { value: Message | undefined } | undefined;
    const read = this.#port.read().then((value) => {
      message = { value };
      this.#wake?.();
    });
    read.catch((thrown) => this.#fail(thrown));
    // One turn for a message that is there already.
    await Promise.race([read, Promise.resolve()]);
    while (!message && !this.#signal.aborted) {
      if (draining.aborted && this.#inFlight === 0) {
        this.#drained = true;
        return undefined;
      }
      await this.#change();
    }
    this.#check();
    return message!.value;
  }

  #drained = false;
  get #ended(): StreamEnd {
    return this.#drained ? "draining" : "client";
  }

  #start(message: Message, leave: () => void, readAt: number | undefined): void {
    let held = message.length;
    this.#inFlight++;
    this.#bytes += held;
    const answer = this.#work(message, { signal: this.#signal, flow: this.#flow, readAt })
      .finally(leave)
      .then((answer) => {
        this.#bytes += answer.length - held;
        held = answer.length;
        return answer;
      });
    // Looked at when its turn comes; until then a failure is nobody's.
    answer.catch(() => {});
    this.#sent = this.#sent.then(async () => {
      if (this.#signal.aborted) return;
      await this.#port.write(await answer);
    }).catch((thrown) => this.#fail(thrown)).finally(() => {
      this.#inFlight--;
      this.#bytes -= held;
      this.#wake?.();
    });
  }

  #fail(thrown: unknown): void {
    this.#failed.abort(ClipError.wrap(thrown));
  }

  #check(): void {
    if (this.#signal.aborted) throw ClipError.wrap(this.#signal.reason, "cancelled");
  }

  /** Waits for something to happen: an answer sent, a message read, the end. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      if (this.#signal.aborted) this.#wake();
    });
  }
}
