/** Where and why a text is not JSON, in the words of Python's `json`, which FastAPI passes on. */

/** The first fault of a text. */
export interface JsonFault {
  /** Index of the character at fault, in UTF-16 code units; the text's length if it ends too early. */
  position: number;
  /** `Expecting value: line 1 column 10 (char 9)`. */
  message: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
/** The part of a string that needs no look at each character; JSON allows no control characters. */
// deno-lint-ignore no-control-regex
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** Thrown inside only. */
class Fault {
  constructor(readonly what: string, readonly position: number) {}
}

/**
 * Finds what `JSON.parse` stumbled over: its own message does not always say where. Linear and
 * without recursion, as it sees what clients send.
 *
 * @returns undefined if the text is JSON.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    scan(text);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const { what, position } = thrown;
    let line = 1;
    let lineStart = 0;
    for (let at = text.indexOf("\n"); at >= 0 && at < position; at = text.indexOf("\n", at + 1)) {
      line++;
      lineStart = at + 1;
    }
    const column = position - lineStart + 1;
    return { position, message: `${what}: line ${line} column ${column} (char ${position})` };
  }
}

function scan(text: string): void {
  /** Ends of the objects and lists that are open. */
  const open: ("}" | "]")[] = [];
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const string = () => {
    const start = at++;
    while (true) {
      match(PLAIN);
      if (text[at] === '"') break;
      if (at >= text.length) throw new Fault("Unterminated string starting at", start);
      if (text[at] !== "\\") throw new Fault("Invalid control character at", at);
      if (!match(ESCAPE)) throw new Fault("Invalid \\escape", at);
    }
    at++;
  };
  /** A property's name and colon. */
  const name = () => {
    match(SPACE);
    if (text[at] !== '"') {
      throw new Fault("Expecting property name enclosed in double quotes", at);
    }
    string();
    match(SPACE);
    if (text[at] !== ":") throw new Fault("Expecting ':' delimiter", at);
    at++;
  };
  while (true) {
    match(SPACE);
    const first = text[at];
    if (first === "{" || first === "[") {
      const end = first === "{" ? "}" : "]";
      at++;
      match(SPACE);
      if (text[at] !== end) {
        open.push(end);
        if (end === "}") name();
        continue;
      }
      at++;
    } else if (first === '"') string();
    else if (!match(NUMBER) && !match(WORD)) throw new Fault("Expecting value", at);
    // A value has ended: so may what it is in.
    while (true) {
      match(SPACE);
      const end = open.at(-1);
      if (end === undefined) {
        if (at < text.length) throw new Fault("Extra data", at);
        return;
      }
      if (text[at] === ",") {
        at++;
        if (end === "}") name();
        break;
      }
      if (text[at] !== end) throw new Fault("Expecting ',' delimiter", at);
      at++;
      open.pop();
    }
  }
}
