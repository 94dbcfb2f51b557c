/**
 * What a client may send of the frames that cost the server an answer and carry no call: PING, by
 * which it asks for a sign of life, SETTINGS, and WINDOW_UPDATE. The rule for PING is gRPC's own
 * (https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md), which clients know:
 * they ask half as often after they have been told `too_many_pings`.
 *
 * Floods of resets, priorities, unknown and empty frames are nghttp2's to bound: it takes a
 * thousand at once and 33 a second, and ends the connection.
 */
import { type FrameHead, FrameType } from "./frame_filter.ts";

/** Flag of PING and SETTINGS: the frame answers one of ours. */
const ACK = 1;

/** PING frames that may come too early; the next one ends the connection. C-core's number. */
const MAX_PING_STRIKES = 2;

/** SETTINGS frames that may come between two frames of answers. Clients send one, C-core a few. */
const MAX_SETTINGS = 100;

/**
 * WINDOW_UPDATE frames that may come, and how many more for each frame of an answer: clients send
 * one or two for what they have taken. Millions a second are taken without a word by nghttp2, and
 * keep the event loop from everybody else.
 */
const FIRST_WINDOW_UPDATES = 1000;
const WINDOW_UPDATES_PER_ANSWER = 4;
const MOST_WINDOW_UPDATES = 100_000;

/** Counts one connection's frames. */
export class ControlLimit {
  readonly #minPingIntervalMs: number;
  readonly #now: () => number;
  #lastPing = -Infinity;
  #strikes = 0;
  #settings = 0;
  #windowUpdates = FIRST_WINDOW_UPDATES;

  /**
   * @param minPingIntervalMs the least time between two PING frames while nothing is answered; 0
   * bounds nothing.
   * @param now a clock in milliseconds.
   */
  constructor(minPingIntervalMs: number, now: () => number = () => performance.now()) {
    this.#minPingIntervalMs = minPingIntervalMs;
    this.#now = now;
  }

  /** A frame has come: why the connection is to be ended, or undefined. */
  received({ type, flags }: FrameHead): string | undefined {
    if (type === FrameType.WindowUpdate) {
      return --this.#windowUpdates < 0 ? "too_many_window_updates" : undefined;
    }
    if (flags & ACK) return undefined;
    if (type === FrameType.Settings && ++this.#settings > MAX_SETTINGS) return "too_many_settings";
    if (type === FrameType.Ping && this.#tooEarly() && ++this.#strikes > MAX_PING_STRIKES) {
      return "too_many_pings";
    }
    return undefined;
  }

  /** Headers or data of an answer are sent: clients measure the network with a PING then. */
  answered(): void {
    this.#lastPing = -Infinity;
    this.#strikes = 0;
    this.#settings = 0;
    this.#windowUpdates = Math.min(
      MOST_WINDOW_UPDATES,
      this.#windowUpdates + WINDOW_UPDATES_PER_ANSWER,
    );
  }

  #tooEarly(): boolean {
    const now = this.#now();
    const early = now - this.#lastPing < this.#minPingIntervalMs;
    this.#lastPing = now;
    return early;
  }
}
