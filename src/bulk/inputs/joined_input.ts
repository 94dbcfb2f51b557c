/** Sources, one after the other, as one input. */
import { createHash } from "node:crypto";
import { fileTrouble } from "../../file_trouble.ts";
import { endsInput, type Input, type InputRow } from "../row.ts";
import type { Pass, Source } from "./source.ts";

/** Which rows are wanted of a source: all, none, or those with some keys. */
export type Choice = "all" | "none" | ((key: string) => boolean);

/** An input out of sources. */
export class JoinedInput implements Input {
  readonly name: string;
  readonly fingerprint: string;
  readonly sources: readonly Source[];
  readonly count: number | undefined;
  readonly distant: boolean;
  readonly #choices: readonly Choice[];

  /** @param choices of each source; everything if it is left out. */
  constructor(name: string, fingerprint: string, sources: readonly Source[], choices?: Choice[]) {
    this.name = name;
    this.fingerprint = fingerprint;
    this.sources = sources;
    this.#choices = choices ?? sources.map(() => "all");
    this.distant = sources.some(({ distant }) => distant);
    this.count = sum(sources.map((source, i) => countOf(source, this.#choices[i]!)));
  }

  /** As `Input` says. */
  readShare(): number | undefined {
    let [bytes, read] = [0, 0];
    for (const [i, { extent }] of this.sources.entries()) {
      if (this.#choices[i] === "none") continue;
      if (extent === undefined) return undefined;
      const one = extent();
      bytes += one.bytes;
      read += Math.min(one.read, one.bytes);
    }
    return bytes === 0 ? undefined : read / bytes;
  }

  /** As `Input` says. */
  async *rows(skip: number, signal: AbortSignal): AsyncGenerator<InputRow> {
    let left = skip;
    for (const [i, source] of this.sources.entries()) {
      const choice = this.#choices[i]!;
      if (choice === "none") continue;
      if (choice === "all" && source.count !== undefined && source.count <= left) {
        left -= source.count;
        continue;
      }
      const pass: Pass = (key) => {
        if (choice !== "all" && !choice(key)) return false;
        if (left === 0) return true;
        left--;
        return false;
      };
      yield* untilItBreaks(source, pass, signal);
    }
  }
}

/** What cannot be read of a source is one row that says why; the next source goes on. */
async function* untilItBreaks(
  source: Source,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  try {
    yield* source.rows(pass, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (endsInput(thrown)) throw thrown;
    const key = `${source.label}#rest`;
    if (!pass(key)) return;
    const reason = `The rest of '${source.place}' cannot be read: ${fileTrouble(thrown)}`;
    yield { key, place: source.place, reason };
  }
}

/** The fingerprint of sources, read with some options. */
export function fingerprintOf(sources: readonly Source[], options: readonly string[]): string {
  const digest = createHash("sha256");
  digest.update(JSON.stringify(options));
  for (const { identity } of sources) digest.update(JSON.stringify(identity));
  return `sha256:${digest.digest("hex").slice(0, 32)}`;
}

function countOf(source: Source, choice: Choice): number | undefined {
  if (choice === "none") return 0;
  return choice === "all" ? source.count : source.countOf?.(choice);
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  let all = 0;
  for (const count of counts) {
    if (count === undefined) return undefined;
    all += count;
  }
  return all;
}
