/** Variables read as OpenTelemetry says: what is wrong is passed over with a word, and nothing fails. */
import { withoutSecrets } from "../redact.ts";

/** Variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The largest whole number that a timer takes. */
const MOST = 2 ** 31 - 1;

/** Reads variables, and keeps what there is to say of them. */
export class EnvironmentReader {
  readonly warnings: string[] = [];
  readonly #env: Variables;

  constructor(env: Variables) {
    this.#env = env;
  }

  /** Empty is the same as absent. */
  text(name: string): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  /** The first of these that is set. */
  firstOf(...names: readonly string[]): string | undefined {
    return names.find((name) => this.text(name) !== undefined);
  }

  /** Only `true` is true, whatever its case. */
  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === "true";
  }

  /** Words between commas. */
  list(name: string): string[] | undefined {
    return this.text(name)?.toLowerCase().split(",").map((word) => word.trim());
  }

  /** One of these words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) this.passOver(name, words.join(", "));
    return found;
  }

  /** A number between two, both included. */
  number(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (value >= least && value <= most) return value;
    this.passOver(name, `a number of ${least} to ${most}`);
    return undefined;
  }

  /** A whole number. */
  whole(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= MOST) return value;
    this.passOver(name, `a whole number of ${least} or more`);
    return undefined;
  }

  /** A variable for people to read: an address without a user's name and password. */
  shown(name: string): string {
    return withoutSecrets(this.text(name) ?? "").replace(/^[^\s/@]*@/, "").slice(0, 200);
  }

  /** Says that a variable holds something else than is expected. */
  passOver(name: string, expected: string): void {
    this.warnings.push(`${name}='${this.shown(name)}' is passed over; expected ${expected}`);
  }
}
