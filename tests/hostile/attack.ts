/** What an attack is, and what it is given. */
import type { RawSocket, SocketOptions } from "./raw_socket.ts";

/** Where a server listens. */
export interface Target {
  http: number;
  grpc: number;
  websocket: number;
}

/** Servers that attacks are made on: one of defaults, one with TLS, one with few descriptors. */
export type Ground = "plain" | "tls" | "few-descriptors";

/** One kind of attack. */
export interface Attack {
  name: string;
  protocol: "http" | "grpc" | "websocket" | "tls";
  /** Default: the plain one. */
  ground?: Ground;
  /** How long it goes on at most, in seconds: in a test, and at full size. */
  seconds: { small: number; full: number };
  /** It may keep everybody out while it lasts, but no longer. Say why. */
  excused?: string;
  /** Attacks until it is done, or until the signal. Whatever the server does is no error. */
  run(attacker: Attacker): Promise<void>;
}

/** What became of an attack. */
export interface Tally {
  sentBytes: number;
  /** Answers by their status, and connections that were closed, by what closed them. */
  outcomes: Record<string, number>;
}

/** An attacker's means. */
export interface Attacker {
  readonly target: Target;
  readonly signal: AbortSignal;
  /** At full size; else as small as it can be and still be seen. */
  readonly full: boolean;
  /** Opens a connection; it is closed when the attack is over. */
  connect(port: number, options?: SocketOptions): Promise<RawSocket>;
  /**
   * One HTTP request on a connection of its own.
   * @returns the answer's status and the beginning of its body; 0 if none came
   */
  post(
    path: string,
    body: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; text: string }>;
  /** Counts something that happened. */
  count(outcome: string, times?: number): void;
  /** Resolves after the time, or at once when the attack is over. */
  pause(milliseconds: number): Promise<void>;
}
