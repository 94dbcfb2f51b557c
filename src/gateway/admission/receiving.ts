/**
 * What is on its way between clients and the server, over all protocols: messages that have begun to
 * come, and answers that wait to be taken. Neither has a place inside. They are bounded by number
 * (of a connection, of an address), by bytes (`HeldBytes`), and by a least rate.
 *
 * The rate is kept by one figure for each, the time at which it is given up. It begins
 * `firstByteMs` from the start; each byte puts it off by the time that a byte may take, but never
 * further than `firstByteMs` from now (for an answer `ANSWER_PATIENCE` times that). So a pause may
 * take `firstByteMs`, and what drips more slowly
 * than `minBytesPerSecond` uses that up and is given up, as is who sends much and then stops. Under
 * pressure the one whose time comes first goes first: it has waited longest for its own bytes.
 */
import { ClipError } from "../../errors.ts";
import type { HeldBytes, Hold } from "./held_bytes.ts";
import type { Peer } from "./peer.ts";

export type { Peer } from "./peer.ts";

/** How often is looked who is too slow, milliseconds; more often where times are short. */
const LOOK_MS = 1_000;
const LOOKS_PER_TIMEOUT = 4;

/** Who has sent something within this time is not dropped for a newcomer, milliseconds. */
const RECENT_MS = 1_000;

/**
 * An answer may pause for so many times as long as a message. The system takes some megabytes of it
 * at once for the client, and no more before the client has taken a part of these: on a slow line
 * that is a long pause, seen from here. Under pressure answers are given up like anything else.
 */
export const ANSWER_PATIENCE = 6;

/** The longest time that is bounded: a little under what a timer can count. */
const MAX_MS = 2 ** 31 - 1;

/** Bounds on what is on its way. */
export interface ReceivingLimits {
  /** Unfinished messages of one connection, and of one address. */
  perConnection: number;
  perAddress: number;
  /** The longest pause, the one before the first byte included, milliseconds. */
  firstByteMs: number;
  /** The least rate, on average beside one such pause. */
  minBytesPerSecond: number;
}

/** One message on its way; afterwards the bytes that it holds until it is answered. */
export interface Reception extends Hold {
  /** Some of it has come, or been taken. */
  received(bytes: number): void;
  /** The server itself does not want more now: its time stands still until `resume`. */
  pause(): void;
  /** The server reads on. */
  resume(): void;
  /** All of it is here: it is not bounded by time any more, and holds its bytes until `release`. */
  complete(): void;
}

/** All that is on its way, and the bounds on it. */
export class Receiving {
  readonly #limits: ReceivingLimits;
  readonly #bytes: HeldBytes;
  readonly #now: () => number;
  /** The same for all messages, and for all answers: they are many. */
  readonly #arriving: TransferRules;
  readonly #leaving: TransferRules;
  readonly #unfinished = new Set<Transfer>();
  /** Unfinished messages of each connection and each address. */
  readonly #ofConnection = new Map<object, number>();
  readonly #ofAddress = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looked = 0;

  /** @param now milliseconds, of a clock that only goes forward. */
  constructor(
    limits: ReceivingLimits,
    bytes: HeldBytes,
    now: () => number = () => performance.now(),
  ) {
    this.#limits = { ...limits, firstByteMs: Math.min(limits.firstByteMs, MAX_MS) };
    this.#bytes = bytes;
    this.#now = now;
    this.#arriving = {
      now,
      patienceMs: this.#limits.firstByteMs,
      msPerByte: 1000 / limits.minBytesPerSecond,
      ended: (transfer) => this.#ended(transfer),
    };
    const patienceMs = Math.min(ANSWER_PATIENCE * this.#limits.firstByteMs, MAX_MS);
    this.#leaving = { ...this.#arriving, patienceMs };
    bytes.relief = (missing, askedBy) => this.#relieve(missing, askedBy);
  }

  /** Messages and answers on their way. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Bytes that are here, and of no message that is awaited or wanted yet. */
  hold(): Hold {
    return this.#bytes.open();
  }

  /**
   * A message begins to come (its headers are here, or the first byte of a frame).
   * @param drop is called once if it is to be given up: too slow ("deadline"), or in favour of
   * others ("overloaded"). It holds nothing any more then.
   * @throws {ClipError} "overloaded": too many unfinished ones of that connection or address, and
   * none of them stands still.
   */
  open(from: Peer, drop: (error: ClipError) => void): Reception {
    const { perConnection, perAddress } = this.#limits;
    const { connection, address } = from;
    if ((this.#ofConnection.get(connection) ?? 0) >= perConnection) {
      this.#makeRoom(
        (other) => other.from?.connection === connection,
        `${perConnection} messages of this connection are unfinished, as many as ` +
          "'max_receiving_per_connection' allows: finish one of them first",
      );
    }
    if ((this.#ofAddress.get(address) ?? 0) >= perAddress) {
      this.#makeRoom(
        (other) => other.from?.address === address,
        `${perAddress} messages of this address are unfinished, as many as ` +
          "'max_receiving_per_address' allows: finish one of them first",
      );
    }
    add(this.#ofConnection, connection, 1);
    add(this.#ofAddress, address, 1);
    return this.#begin(from, drop);
  }

  /**
   * An answer begins to wait for its client to take it; `received` tells what has been taken.
   * @param bytes what it holds. They are there already, and counted over the limit if need be.
   * @param drop as of `open`.
   */
  answer(bytes: number, drop: (error: ClipError) => void): Reception {
    const transfer = this.#begin(undefined, drop);
    transfer.count(bytes);
    return transfer;
  }

  #begin(from: Peer | undefined, drop: (error: ClipError) => void): Transfer {
    const transfer = new Transfer(
      from,
      drop,
      this.#bytes,
      from ? this.#arriving : this.#leaving,
    );
    this.#unfinished.add(transfer);
    if (this.#timer === undefined) {
      this.#looked = this.#now();
      this.#timer = setInterval(() => this.#look(), this.#lookMs);
    }
    return transfer;
  }

  get #lookMs(): number {
    return Math.max(1, Math.min(LOOK_MS, this.#limits.firstByteMs / LOOKS_PER_TIMEOUT));
  }

  #ended(transfer: Transfer): void {
    this.#unfinished.delete(transfer);
    if (transfer.from) {
      add(this.#ofConnection, transfer.from.connection, -1);
      add(this.#ofAddress, transfer.from.address, -1);
    }
  }

  /** Gives up what is too slow. */
  #look(): void {
    // Not as soon as the last one ends: most are here at once, and each would cost a timer.
    if (this.#unfinished.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = this.#now();
    // What has come while the event loop stood still has not been seen yet: nobody's time went by.
    const late = now - this.#looked - this.#lookMs;
    this.#looked = now;
    const { minBytesPerSecond } = this.#limits;
    for (const transfer of [...this.#unfinished]) {
      if (late > this.#lookMs) transfer.putOff(late);
      if (transfer.endsAt > now) continue;
      const what = transfer.from ? "sent" : "taken";
      transfer.drop(
        new ClipError(
          "deadline",
          `Nothing was ${what} for ${transfer.patienceMs} ms ('receive_timeout_ms'), or less than ` +
            `${minBytesPerSecond} bytes a second ('min_receive_rate'): send it again`,
        ),
      );
    }
  }

  /** Gives up one of those that stands still, for another of the same client. */
  #makeRoom(of: (transfer: Transfer) => boolean, refusal: string): void {
    let slowest: Transfer | undefined;
    for (const transfer of this.#unfinished) {
      if (!of(transfer) || transfer.endsAt >= (slowest?.endsAt ?? Infinity)) continue;
      slowest = transfer;
    }
    const latest = this.#now() + this.#limits.firstByteMs - RECENT_MS;
    if (!slowest || slowest.endsAt > latest) throw new ClipError("overloaded", refusal);
    slowest.drop(new ClipError("overloaded", "It stood still, and others came: send it again"));
  }

  /** Gives up those that have waited longest, until enough bytes are free or nothing is left. */
  #relieve(missing: number, askedBy: Hold): void {
    const holders = [...this.#unfinished].filter((transfer) =>
      transfer.held > 0 && transfer !== askedBy
    );
    holders.sort((a, b) => a.endsAt - a.patienceMs - (b.endsAt - b.patienceMs));
    for (const transfer of holders) {
      if (missing <= 0) return;
      missing -= transfer.held;
      transfer.drop(
        new ClipError(
          "overloaded",
          "The server holds as many bytes as 'max_held_bytes' allows, and this had waited " +
            "longest: send it again later",
        ),
      );
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

interface TransferRules {
  now: () => number;
  patienceMs: number;
  msPerByte: number;
  /** Is told when it is not on its way any more. */
  ended: (transfer: Transfer) => void;
}

/** A message on its way in (with whom it is from), or an answer on its way out. */
class Transfer implements Reception {
  readonly from: Peer | undefined;
  readonly #drop: (error: ClipError) => void;
  readonly #bytes: HeldBytes;
  readonly #rules: TransferRules;
  held = 0;
  /** When it is given up; `Infinity` while the server does not read. */
  endsAt: number;
  /** What was left of its time when the server stopped reading. */
  #leftMs = 0;
  #state: "unfinished" | "complete" | "released" = "unfinished";
  #dropped: ClipError | undefined;

  constructor(
    from: Peer | undefined,
    drop: (error: ClipError) => void,
    bytes: HeldBytes,
    rules: TransferRules,
  ) {
    this.from = from;
    this.#drop = drop;
    this.#bytes = bytes;
    this.#rules = rules;
    this.endsAt = rules.now() + rules.patienceMs;
  }

  /** The longest pause that it may make, milliseconds. */
  get patienceMs(): number {
    return this.#rules.patienceMs;
  }

  received(bytes: number): void {
    const { now, patienceMs, msPerByte } = this.#rules;
    if (this.endsAt === Infinity) {
      this.#leftMs = Math.min(patienceMs, this.#leftMs + bytes * msPerByte);
    } else {
      this.endsAt = Math.min(now() + patienceMs, this.endsAt + bytes * msPerByte);
    }
  }

  pause(): void {
    if (this.endsAt === Infinity) return;
    this.#leftMs = this.endsAt - this.#rules.now();
    this.endsAt = Infinity;
  }

  resume(): void {
    if (this.endsAt === Infinity) this.endsAt = this.#rules.now() + this.#leftMs;
  }

  /** Gives it more time. */
  putOff(ms: number): void {
    const { now, patienceMs } = this.#rules;
    if (this.endsAt !== Infinity) this.endsAt = Math.min(now() + patienceMs, this.endsAt + ms);
  }

  complete(): void {
    if (this.#state !== "unfinished") return;
    this.#state = "complete";
    this.#rules.ended(this);
  }

  grow(bytes: number): void {
    if (this.#dropped) throw this.#dropped;
    if (this.#state === "released") return;
    this.#bytes.take(bytes, this);
    this.held += bytes;
  }

  /** Grows by what is there already. */
  count(bytes: number): void {
    this.#bytes.count(bytes, this);
    this.held += bytes;
  }

  shrink(bytes: number): void {
    if (this.#state === "released") return;
    this.#bytes.give(bytes);
    this.held -= bytes;
  }

  release(): void {
    if (this.#state === "unfinished") this.#rules.ended(this);
    this.#state = "released";
    this.#bytes.give(this.held);
    this.held = 0;
  }

  drop(error: ClipError): void {
    // It may have ended while others of its kind were given up.
    if (this.#state !== "unfinished") return;
    this.#dropped = error;
    this.release();
    this.#drop(error);
  }
}
