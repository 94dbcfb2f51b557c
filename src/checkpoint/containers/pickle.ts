/**
 * A pickle reader that cannot run code. It interprets the opcodes of protocols 2 to 5 that carry
 * data; what a global means, and whether it may occur at all, is asked of a `PickleHost`.
 *
 * Format: CPython's `pickletools.py`. Everything is bounded: bytes by the cursor, and opcodes,
 * stack and memo here, so that no input costs more than a fixed multiple of its size.
 */

import type { ByteCursor } from "./byte_cursor.ts";
import { Dict, GlobalValue, ModuleRecord, Opaque, TensorValue, Tuple } from "./pickle_value.ts";
import { quote, refuse } from "../refuse.ts";

/** Gives globals and persistent ids their meaning. */
export interface PickleHost {
  /** @throws {ClipError} unless the global (`module name`) is allowed */
  global(module: string, name: string): GlobalValue;
  /** Resolves a persistent id. @throws {ClipError} if it is not a storage's */
  persistent(id: unknown): unknown;
}

/** A training checkpoint of ViT-g-14 with optimiser has about 200 000. */
const MAX_OPCODES = 4_000_000;
const MAX_STACK = 1_000_000;
const MAX_MEMO = 1_000_000;
const MAX_NAME_BYTES = 1024;
/** Integers longer than this are nobody's tensor size. */
const MAX_INTEGER_BYTES = 256;

const MARK = Symbol("mark");

/**
 * Reads one pickle, up to and including its STOP.
 *
 * @throws {ClipError} on a broken pickle, an opcode or global that is not allowed, or excess
 */
export function readPickle(input: ByteCursor, host: PickleHost): unknown {
  return new Machine(input, host).run();
}

class Machine {
  readonly #in: ByteCursor;
  readonly #host: PickleHost;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(input: ByteCursor, host: PickleHost) {
    this.#in = input;
    this.#host = host;
  }

  run(): unknown {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const opcode = this.#in.uint8();
      if (opcode === 0x2e) { // STOP
        const value = this.#pop();
        if (this.#stack.length > 0) throw this.#broken("values are left on the stack at its end");
        return value;
      }
      this.#step(opcode);
      if (this.#stack.length > MAX_STACK) throw this.#broken(`more than ${MAX_STACK} values deep`);
    }
    throw this.#broken(`longer than ${MAX_OPCODES} instructions`);
  }

  #step(opcode: number): void {
    const input = this.#in;
    switch (opcode) {
      case 0x80: { // PROTO
        const protocol = input.uint8();
        if (protocol < 2 || protocol > 5) {
          throw this.#broken(`protocol ${protocol}, wanted 2 to 5`);
        }
        return;
      }
      case 0x95: // FRAME
        if (input.uint64() > input.remaining) throw this.#broken("a frame longer than the file");
        return;
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x30: // POP
        this.#stack.length === 0 ? this.#pop() : this.#stack.pop();
        return;
      case 0x31: // POP_MARK
        this.#toMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());
      // Atoms
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(input.int32());
      case 0x4b: // BININT1
        return this.#push(input.uint8());
      case 0x4d: // BININT2
        return this.#push(input.uint16());
      case 0x8a: // LONG1
        return this.#push(this.#long(input.uint8()));
      case 0x8b: // LONG4
        return this.#push(this.#long(input.uint32()));
      case 0x47: // BINFLOAT
        return this.#push(input.float64BigEndian());
      case 0x58: // BINUNICODE
        return this.#push(this.#text(input.uint32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(input.uint8()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#text(input.uint64()));
      case 0x55: // SHORT_BINSTRING: Python 2's str, which names in old checkpoints are
        return this.#push(this.#text(input.uint8()));
      case 0x54: // BINSTRING
        return this.#push(this.#text(input.uint32()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#blob(input.uint8()));
      case 0x42: // BINBYTES
        return this.#push(this.#blob(input.uint32()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(this.#blob(input.uint64()));
      // Containers
      case 0x29: // EMPTY_TUPLE
        return this.#push(new Tuple([]));
      case 0x85: // TUPLE1
        return this.#push(new Tuple(this.#popMany(1)));
      case 0x86: // TUPLE2
        return this.#push(new Tuple(this.#popMany(2)));
      case 0x87: // TUPLE3
        return this.#push(new Tuple(this.#popMany(3)));
      case 0x74: // TUPLE
        return this.#push(new Tuple(this.#toMark()));
      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET
        return this.#push([]);
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        return this.#push(this.#toMark());
      case 0x61: // APPEND
        return this.#append(this.#popMany(1));
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#toMark());
      case 0x7d: // EMPTY_DICT
        return this.#push(new Dict());
      case 0x64: { // DICT
        const items = this.#toMark();
        this.#push(new Dict());
        return this.#setItems(items);
      }
      case 0x73: // SETITEM
        return this.#setItems(this.#popMany(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#toMark());
      // Memo
      case 0x71: // BINPUT
        return this.#remember(input.uint8());
      case 0x72: // LONG_BINPUT
        return this.#remember(input.uint32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#recall(input.uint8());
      case 0x6a: // LONG_BINGET
        return this.#recall(input.uint32());
      // Objects
      case 0x63: // GLOBAL
        return this.#push(
          this.#host.global(input.line(MAX_NAME_BYTES), input.line(MAX_NAME_BYTES)),
        );
      case 0x93: { // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#broken("a global without a name");
        }
        return this.#push(this.#host.global(module, name));
      }
      case 0x52: { // REDUCE
        const [callee, args] = this.#popMany(2);
        return this.#push(this.#reduce(callee, args));
      }
      case 0x81: { // NEWOBJ
        const [callee, args] = this.#popMany(2);
        return this.#push(this.#construct(callee, args));
      }
      case 0x92: { // NEWOBJ_EX
        const [callee, args] = this.#popMany(3);
        return this.#push(this.#construct(callee, args));
      }
      case 0x62: // BUILD
        return this.#build(this.#popMany(1)[0]);
      case 0x51: // BINPERSID
        return this.#push(this.#host.persistent(this.#pop()));
      default:
        throw this.#broken(
          `instruction 0x${opcode.toString(16).padStart(2, "0")}, which no checkpoint needs`,
        );
    }
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #top(): unknown {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#broken("an empty stack");
    return value;
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): unknown[] {
    const from = this.#stack.length - count;
    if (from < 0) throw this.#broken("an empty stack");
    const values = this.#stack.splice(from);
    if (values.includes(MARK)) throw this.#broken("a misplaced mark");
    return values;
  }

  #toMark(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#broken("no mark on the stack");
    const values = this.#stack.splice(at);
    values.shift();
    return values;
  }

  #remember(index: number): void {
    if (this.#memo.size >= MAX_MEMO) throw this.#broken(`more than ${MAX_MEMO} memo entries`);
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#broken(`memo entry ${index}, which was never set`);
    this.#push(this.#memo.get(index));
  }

  #append(values: unknown[]): void {
    const list = this.#top();
    if (list instanceof Opaque) return;
    if (!Array.isArray(list)) throw this.#broken("an append to something that is no list");
    for (const value of values) list.push(value);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top();
    if (dict instanceof Opaque) return;
    if (!(dict instanceof Dict)) throw this.#broken("an item for something that is no dict");
    if (items.length % 2 !== 0) throw this.#broken("a key without a value");
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i], items[i + 1]);
  }

  #reduce(callee: unknown, args: unknown): unknown {
    if (!(callee instanceof GlobalValue) || !(args instanceof Tuple)) {
      throw this.#broken("a call of something that is no global");
    }
    switch (callee.allowed.kind) {
      case "function":
        return callee.allowed.call(args.items);
      case "opaque":
        return new Opaque(callee.name);
      default:
        throw this.#broken(`a call of ${quote(callee.name)}`);
    }
  }

  #construct(callee: unknown, args: unknown): unknown {
    if (callee instanceof GlobalValue && callee.allowed.kind === "module") {
      return new ModuleRecord(callee.name);
    }
    return this.#reduce(callee, args);
  }

  #build(state: unknown): void {
    const target = this.#top();
    if (target instanceof ModuleRecord) {
      if (!(state instanceof Dict)) throw this.#broken("a module whose state is no dict");
      for (const [key, value] of state.entries) {
        if (typeof key === "string") target.attributes.set(key, value);
      }
      return;
    }
    // `OrderedDict._metadata` and hooks of tensors: nothing that embeddings depend on.
    if (target instanceof Dict || target instanceof TensorValue || target instanceof Opaque) return;
    throw this.#broken("a state for something that has none");
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#blob(length));
  }

  #blob(length: number): Uint8Array {
    if (!Number.isSafeInteger(length)) throw this.#broken(`a string of ${length} bytes`);
    return this.#in.bytes(length);
  }

  #long(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.#broken(`an integer of ${length} bytes`);
    const bytes = this.#in.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    if (length > 0 && (bytes[length - 1] as number) >= 0x80) value -= 1n << BigInt(length * 8);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #broken(what: string): Error {
    return refuse(
      this.#in.source.label,
      `its pickle is broken or hostile near byte ${this.#in.position}: ${what}`,
    );
  }
}
