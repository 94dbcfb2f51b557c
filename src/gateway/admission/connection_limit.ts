/**
 * How many connections may be open, over all ports. A process that has no file left to open accepts
 * nothing any more, and (node:net on Deno 2.9.6) not again when there are some: so more are closed
 * as soon as they are accepted, well below that.
 */
import type { Log } from "../../telemetry/log.ts";
import { openFileLimit } from "./open_files.ts";

/** Files that are not connections: models, workers, the log, what is fetched. At least so many. */
const RESERVED_FILES = 128;
/** And of large limits this share. */
const RESERVED_SHARE = 1 / 4;

/** It is said in the log at most this often, milliseconds. */
const LOG_EVERY_MS = 60_000;

/** Of the files that a process may open, how many may be connections. */
export function connectionsFor(openFiles: number): number {
  if (openFiles === Infinity) return Infinity;
  const reserved = Math.max(RESERVED_FILES, Math.ceil(openFiles * RESERVED_SHARE));
  return Math.max(1, Math.floor(openFiles / 4), openFiles - reserved);
}

/** Bounds on connections. */
export interface ConnectionLimits {
  /** Of all ports together; 0: from the process's limit on open files. */
  all: number;
  /** Of one address, as `addressGroup` has it; 0 for no bound of its own. */
  perAddress: number;
}

/** Counts connections. */
export class ConnectionLimit {
  readonly #all: number;
  readonly #perAddress: number;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #ofAddress = new Map<string, number>();
  #open = 0;
  #refused = 0;
  #told = -Infinity;

  constructor(
    { all, perAddress }: ConnectionLimits,
    log: Log,
    now: () => number = () => performance.now(),
  ) {
    this.#all = all || connectionsFor(openFileLimit());
    this.#perAddress = perAddress || Infinity;
    this.#log = log;
    this.#now = now;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#open;
  }

  /**
   * Counts a connection that was accepted; the returned function counts it out, once. Undefined: it
   * is one too many, and to be closed at once.
   * @param address as `addressGroup` has it.
   */
  enter(address: string): (() => void) | undefined {
    const same = this.#ofAddress.get(address) ?? 0;
    if (this.#open >= this.#all) return this.#refuse("max_connections", this.#all);
    if (same >= this.#perAddress) {
      return this.#refuse("max_connections_per_address", this.#perAddress);
    }
    this.#open++;
    this.#ofAddress.set(address, same + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#open--;
      const rest = this.#ofAddress.get(address)! - 1;
      if (rest > 0) this.#ofAddress.set(address, rest);
      else this.#ofAddress.delete(address);
    };
  }

  #refuse(key: string, limit: number): undefined {
    this.#refused++;
    const now = this.#now();
    if (now - this.#told < LOG_EVERY_MS) return undefined;
    this.#told = now;
    this.#log.warn(`Connections are refused: ${limit} are open, as many as '${key}' allows`, {
      open: this.#open,
      refused: this.#refused,
    });
    this.#refused = 0;
    return undefined;
  }
}
