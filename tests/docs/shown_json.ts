/**
 * JSON as a page shows it, shortened: `…` stands for what is left out.
 *
 * - `[1, 2, …]`: more elements follow; `{"a": 1, …}`: there are more members;
 * - `"abc…"`: a string that begins so; `…` for a value: anything;
 * - a whole number agrees exactly, another one within 0.1: a page shows what a model gave when it
 *   was written, and the demo model may be trained anew.
 */

/** A value of the page; {@linkcode REST} inside. */
export type Shown = null | boolean | string | ShownNumber | Shown[] | { [key: string]: Shown };

/** A number, and whether it was written without a point. */
export interface ShownNumber {
  [NUMBER]: true;
  value: number;
  whole: boolean;
}

/** What a number with a point may be off. */
const DRIFT = 0.1;

const NUMBER = Symbol("number");

/** Stands for all that is left out. */
const REST = "\u0000rest";

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.(\d+))?(?:[eE][-+]?\d+)?)|(true|false|null)|(…)|([[\]{}:,]))/y;

/**
 * Reads shortened JSON.
 * @throws {SyntaxError} saying where it is none.
 */
export function parseShown(text: string): Shown {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Shown {
    const [, string, number, digits, word, rest, sign] = this.#next();
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) {
      return { [NUMBER]: true, value: Number(number), whole: digits === undefined };
    }
    if (word !== undefined) return JSON.parse(word);
    if (rest !== undefined) return REST;
    if (sign === "[") return this.#list();
    if (sign === "{") return this.#object();
    throw this.#wrong();
  }

  end(): void {
    if (this.#text.slice(this.#at).trim() !== "") throw this.#wrong();
  }

  #list(): Shown[] {
    const items: Shown[] = [];
    if (this.#take("]")) return items;
    do items.push(this.value()); while (this.#take(","));
    this.#need("]");
    return items;
  }

  #object(): { [key: string]: Shown } {
    const members: { [key: string]: Shown } = {};
    if (this.#take("}")) return members;
    do {
      const key = this.value();
      if (key === REST) {
        members[REST] = null;
        continue;
      }
      if (typeof key !== "string") throw this.#wrong();
      this.#need(":");
      members[key] = this.value();
    } while (this.#take(","));
    this.#need("}");
    return members;
  }

  #take(sign: string): boolean {
    const from = this.#at;
    const found = this.#next()[6] === sign;
    if (!found) this.#at = from;
    return found;
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw this.#wrong();
  }

  #next(): RegExpExecArray {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (!match) throw this.#wrong();
    this.#at = TOKEN.lastIndex;
    return match;
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`No JSON here: '${this.#text.slice(this.#at, this.#at + 40)}'`);
  }
}

/** Where and how a real value differs from what is shown; undefined if it does not. */
export function shownMismatch(shown: Shown, real: unknown, path = "$"): string | undefined {
  const differs = () => `${path}: shown ${print(shown)}, really ${print(real)}`;
  if (shown === REST) return undefined;
  if (Array.isArray(shown)) return Array.isArray(real) ? lists(shown, real, path) : differs();
  if (typeof shown === "string") {
    if (typeof real !== "string") return differs();
    if (!shown.endsWith("…")) return shown === real ? undefined : differs();
    return real.startsWith(shown.slice(0, -1)) ? undefined : differs();
  }
  if (shown === null || typeof shown === "boolean") return shown === real ? undefined : differs();
  if (NUMBER in shown) {
    const { value, whole } = shown as ShownNumber;
    const near = typeof real === "number" && Math.abs(real - value) <= (whole ? 0 : DRIFT);
    return near ? undefined : differs();
  }
  const plain = typeof real === "object" && real !== null && !Array.isArray(real);
  return plain ? members(shown as Record<string, Shown>, real as object, path) : differs();
}

function lists(shown: Shown[], real: unknown[], path: string): string | undefined {
  const open = shown.at(-1) === REST;
  const heads = open ? shown.slice(0, -1) : shown;
  if (open ? real.length < heads.length : real.length !== heads.length) {
    return `${path}: shown ${heads.length} elements${
      open ? " or more" : ""
    }, really ${real.length}`;
  }
  return first(heads.map((item, i) => () => shownMismatch(item, real[i], `${path}[${i}]`)));
}

function members(shown: Record<string, Shown>, real: object, path: string): string | undefined {
  const { [REST]: open, ...named } = shown;
  const surplus = Object.keys(real).find((key) => !(key in named));
  if (open === undefined && surplus !== undefined) return `${path}.${surplus}: is not shown`;
  return first(
    Object.entries(named).map(([key, value]) => () =>
      key in real
        ? shownMismatch(value, (real as Record<string, unknown>)[key], `${path}.${key}`)
        : `${path}.${key}: is not there`
    ),
  );
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function print(value: unknown): string {
  if (typeof value === "object" && value !== null && NUMBER in value) {
    return String((value as ShownNumber).value);
  }
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
