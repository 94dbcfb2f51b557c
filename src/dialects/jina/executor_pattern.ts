/**
 * `header.target_executor`: a Python regular expression that an executor's name begins with
 * (`re.match`, jina 3, `serve/runtimes/gateway/graph/topology_graph.py`).
 *
 * A matcher of our own, as the expression is a stranger's: it goes through the name with all its
 * possibilities at once, so that none takes exponential time.
 */
import { ClipError } from "../../errors.ts";

const MAX_LENGTH = 200;
/**
 * Work for one name: far more than any sensible expression takes. A step is a test of one character
 * or a repetition, and may cost a microsecond, as a class may have many parts.
 */
const MAX_STEPS = 10_000;

/** Places in the name. */
type Places = ReadonlySet<number>;
/** The places after a part of the expression, of those before it. */
type Part = (name: string, from: Places, work: Work) => Places;

/** Steps that are left. */
interface Work {
  steps: number;
}

const CLASSES: Record<string, RegExp> = {
  d: /\d/,
  D: /\D/,
  w: /\w/,
  W: /\W/,
  s: /\s/,
  S: /\S/,
};

/**
 * Whether names begin as an expression says.
 * @throws {ClipError} not_found, as of any name that no executor has: not a regular expression, or one
 * of the few kinds that are not read (back references, look-behind).
 */
export function executorPattern(pattern: string): (name: string) => boolean {
  if (pattern.length > MAX_LENGTH) {
    throw fault(pattern, `it is longer than ${MAX_LENGTH} characters`);
  }
  const part = new Parser(pattern).whole();
  return (name) => part(name, new Set([0]), { steps: MAX_STEPS }).size > 0;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#fault("there is a ')' too many");
    return part;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    if (parts.length === 1) return parts[0]!;
    return (name, from, work) => {
      const to = new Set<number>();
      for (const part of parts) for (const place of part(name, from, work)) to.add(place);
      return to;
    };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at]!)) {
      parts.push(this.#repeated(this.#one()));
    }
    return (name, from, work) => {
      let places = from;
      for (const part of parts) {
        if (places.size === 0) break;
        places = part(name, places, work);
      }
      return places;
    };
  }

  #repeated(part: Part): Part {
    const counts = this.#counts();
    if (counts === undefined) return part;
    // Greedy or not: whether it matches is the same.
    this.#take("?");
    if (/[*+?]/.test(this.#text[this.#at] ?? "")) throw this.#fault("there are two repeats");
    const { least, most } = counts;
    return (name, from, work) => {
      let places = from;
      for (let i = 0; i < least && places.size > 0; i++) {
        // A part that takes nothing costs something too when it is repeated.
        step(work);
        places = part(name, places, work);
      }
      const all = new Set(places);
      for (let i = least; i < most && places.size > 0; i++) {
        step(work);
        const more = new Set<number>();
        for (const place of part(name, places, work)) if (!all.has(place)) more.add(place);
        for (const place of more) all.add(place);
        places = more;
      }
      return all;
    };
  }

  #counts(): { least: number; most: number } | undefined {
    if (this.#take("*")) return { least: 0, most: Infinity };
    if (this.#take("+")) return { least: 1, most: Infinity };
    if (this.#take("?")) return { least: 0, most: 1 };
    const braces = /^\{(\d{0,4})(,?)(\d{0,4})\}/.exec(this.#text.slice(this.#at));
    if (!braces || braces[0] === "{}") return undefined;
    this.#at += braces[0].length;
    const least = Number(braces[1]);
    if (braces[2] === "") return { least, most: least };
    return { least, most: braces[3] === "" ? Infinity : Number(braces[3]) };
  }

  #one(): Part {
    const char = this.#text[this.#at++]!;
    switch (char) {
      case ".":
        return one(() => true);
      case "^":
        return where((_, place) => place === 0);
      case "$":
        return where((name, place) => place === name.length);
      case "[":
        return this.#class();
      case "(":
        return this.#group();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw this.#fault(`there is nothing to repeat before '${char}'`);
      default:
        return one((other) => other === char);
    }
  }

  #escape(): Part {
    const char = this.#text[this.#at++];
    if (char === undefined) throw this.#fault("it ends in a backslash");
    if (char === "A") return where((_, place) => place === 0);
    if (char === "Z") return where((name, place) => place === name.length);
    if (char === "b" || char === "B") {
      return where((name, place) => isEdge(name, place) === (char === "b"));
    }
    if (Object.hasOwn(CLASSES, char)) return one((other) => CLASSES[char]!.test(other));
    if (/\w/.test(char)) throw this.#fault(`'\\${char}' is not supported`);
    return one((other) => other === char);
  }

  #class(): Part {
    const negated = this.#take("^");
    const tests: ((char: string) => boolean)[] = [];
    for (let first = true; first || this.#text[this.#at] !== "]"; first = false) {
      const low = this.#classCharacter(tests);
      if (low === undefined) continue;
      const next = this.#text[this.#at + 1];
      if (this.#text[this.#at] === "-" && next !== undefined && next !== "]") {
        this.#at++;
        const high = this.#classCharacter(tests);
        if (high === undefined || high < low) throw this.#fault("a range of characters is none");
        tests.push((char) => char >= low && char <= high);
      } else tests.push((char) => char === low);
    }
    this.#at++;
    return one((char) => tests.some((test) => test(char)) !== negated);
  }

  /** The next character of a class; undefined for a class in it, which goes into `tests`. */
  #classCharacter(tests: ((char: string) => boolean)[]): string | undefined {
    const char = this.#text[this.#at++];
    if (char === undefined) throw this.#fault("a '[' is not closed");
    if (char !== "\\") return char;
    const escaped = this.#text[this.#at++];
    if (escaped === undefined) throw this.#fault("a '[' is not closed");
    if (!Object.hasOwn(CLASSES, escaped)) return escaped;
    tests.push((other) => CLASSES[escaped]!.test(other));
    return undefined;
  }

  #group(): Part {
    let ahead: boolean | undefined;
    if (this.#take("?")) {
      const head = /^(?::|P<\w+>|=|!)/.exec(this.#text.slice(this.#at))?.[0];
      if (head === undefined) throw this.#fault("a group has an unsupported kind");
      this.#at += head.length;
      if (head === "=" || head === "!") ahead = head === "=";
    }
    const part = this.#alternatives();
    if (!this.#take(")")) throw this.#fault("a '(' is not closed");
    if (ahead === undefined) return part;
    return (name, from, work) => {
      const to = new Set<number>();
      for (const place of from) {
        if (part(name, new Set([place]), work).size > 0 === ahead) to.add(place);
      }
      return to;
    };
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #fault(why: string): ClipError {
    return fault(this.#text, why);
  }
}

/** A part that takes one character. */
function one(test: (char: string) => boolean): Part {
  return (name, from, work) => {
    const to = new Set<number>();
    for (const place of from) {
      step(work);
      if (place < name.length && test(name[place]!)) to.add(place + 1);
    }
    return to;
  };
}

/** A part that takes no character. */
function where(test: (name: string, place: number) => boolean): Part {
  return (name, from, work) => {
    step(work);
    return new Set([...from].filter((place) => test(name, place)));
  };
}

function step(work: Work): void {
  if (--work.steps > 0) return;
  throw new ClipError("not_found", "Cannot match 'targetExecutor' as it takes too many steps");
}

function isEdge(name: string, place: number): boolean {
  return /\w/.test(name[place - 1] ?? "") !== /\w/.test(name[place] ?? "");
}

function fault(pattern: string, why: string): ClipError {
  return new ClipError(
    "not_found",
    `Cannot read 'targetExecutor' as a regular expression as ${why}: received '${
      pattern.slice(0, 100)
    }'`,
  );
}
