/** Names in requests that mean nothing here: those that are near to one that does are misspelt. */
import { didYouMean } from "../../flow/suggest.ts";
import type { Log } from "../../telemetry/log.ts";
import type { FieldHearer, FieldOwner } from "./document/request_size.ts";

/** Names that are told of, in the server's life: clients choose them. */
const MAX_TOLD = 100;

/** Names that are looked at, of each owner. */
const MAX_LOOKED_AT = 1000;

const WORDS: Record<FieldOwner, string> = {
  request: "A request's field",
  document: "A document's field",
  parameters: "The parameter",
};

/** Tells of misspelt names, each once; or refuses all that are unknown. */
export class UnknownFields implements FieldHearer {
  readonly #strict: boolean;
  readonly #log: Log;
  readonly #seen: Record<FieldOwner, Set<string>> = {
    request: new Set(),
    document: new Set(),
    parameters: new Set(),
  };
  #told = 0;

  /** @param strict refuse (`strict_fields`) instead of telling. */
  constructor(strict: boolean, log: Log) {
    this.#strict = strict;
    this.#log = log;
  }

  met(owner: FieldOwner, name: string, known: Iterable<string>): string | undefined {
    if (this.#strict) return `unknown field${didYouMean(name, known)} ('strict_fields')`;
    const seen = this.#seen[owner];
    if (seen.has(name) || seen.size >= MAX_LOOKED_AT) return undefined;
    seen.add(name);
    const near = didYouMean(name, known);
    if (near === "" || this.#told >= MAX_TOLD) return undefined;
    this.#told++;
    this.#log.warn(`${WORDS[owner]} '${name}' means nothing here${near} (told once)`);
    return undefined;
  }
}
