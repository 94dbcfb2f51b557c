/**
 * A file of API keys, one a line: `KEY`, or `NAME: KEY`, with `rate=`, `burst=` and `share=` behind it
 * where they are wanted. Empty lines, and what begins with `#`, say nothing.
 */
import { KeyError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { API_KEY, type ApiKeyConfig } from "../../flow/api_keys.ts";

/** Some hundred bytes for each of as many keys as there may be. */
const MAX_BYTES = 2 ** 20;

/** What a word of a line must be. */
const EXPECTED: Record<string, string> = {
  key: "visible characters without commas, at most 512",
  name: "letters, digits, '_', '.' and '-', at most 64",
  rate: "documents a second, above 0",
  burst: "a number of documents, from 1",
  share: "a share of the queue, above 0 and at most 1",
};

/**
 * Reads a file.
 * @throws {KeyError} "config": it cannot be read, may be written by everybody, or a line is wrong. No
 * message holds anything of a key.
 */
export function readKeyFile(file: string): ApiKeyConfig[] {
  const fail = (what: string, cause?: unknown) =>
    new KeyError("config", "api_keys", `'api_keys' ${file}${what}`, { cause });
  let text: string;
  try {
    const { mode, size } = Deno.statSync(file);
    if (size > MAX_BYTES) throw fail(` has ${size} bytes; expected at most ${MAX_BYTES}`);
    if (mode !== null && (mode & 0o002) !== 0) {
      throw fail(" may be written by everybody, who could add a key: 'chmod o-w' it");
    }
    text = Deno.readTextFileSync(file);
  } catch (thrown) {
    throw thrown instanceof KeyError
      ? thrown
      : fail(` cannot be read: ${fileTrouble(thrown)}`, thrown);
  }
  const entries: ApiKeyConfig[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim();
    if (words === "" || words.startsWith("#")) continue;
    const entry = readLine(words);
    if (typeof entry === "string") throw fail(`:${index + 1}: ${entry}`);
    entries.push(entry);
  }
  if (entries.length === 0) throw fail(" holds no key; expected one a line");
  return entries;
}

/** A line's key; or what is wrong with it. */
function readLine(line: string): ApiKeyConfig | string {
  const words = line.split(/\s+/);
  const given: Record<string, string | number> = {};
  if (words[0]!.endsWith(":")) given["name"] = words.shift()!.slice(0, -1);
  const key = words.shift();
  if (key === undefined) return "there is no key behind the name";
  given["key"] = key;
  for (const word of words) {
    const [, name, value] = /^(rate|burst|share)=(\d+\.?\d*|\.\d+)$/.exec(word) ?? [];
    if (name === undefined) {
      return "what stands behind the key is not understood; expected rate=NUMBER, " +
        "burst=NUMBER or share=NUMBER";
    }
    given[name] = Number(value);
  }
  const outcome = API_KEY.safeParse(given);
  if (!outcome.success) {
    const name = String(outcome.error.issues[0]!.path[0]);
    return `the ${name} does not fit; expected ${EXPECTED[name]}`;
  }
  if (outcome.data.burst !== undefined && outcome.data.rate === undefined) {
    return "'burst' means nothing by itself; expected 'rate' beside it";
  }
  return outcome.data;
}

/** Changes when a file is another one, also behind a link that was moved. */
export function fileStamp(file: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(file);
    return `${mtime?.getTime()}:${size}:${ino}`;
  } catch {
    return "missing";
  }
}
