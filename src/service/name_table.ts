/** Which executor a name means. */
import { MAX_MODEL_NAME_LENGTH, plainName } from "../model/catalog/spelling.ts";

/** What has names. */
export interface Named {
  /** Its own name, which nothing else in the table has. */
  name: string;
  /** Its model's names, the one that is shown to clients first. */
  models: readonly string[];
}

/** Names for "whichever there is": none, OpenAI-like clients' `default`, and infinity's default. */
const NO_NAME: ReadonlySet<string> = new Set(["", "default", plainName("default/not-specified")]);

/** Things by their names, made once: a look-up costs no search. */
export class NameTable<T extends Named> {
  readonly #byName = new Map<string, T>();
  readonly #first: T;

  /** @param all at least one. Of those that have a model in common the first has its names. */
  constructor(all: readonly T[]) {
    this.#first = all[0]!;
    // What is written in the flow comes before what is known of it, and names of executors before
    // those of models, so that nobody loses the name that a client was shown.
    for (const each of all) this.#add(each.name, each);
    for (const each of all) this.#add(labelOf(each), each);
    for (const each of all) this.#add(plainName(each.name), each);
    for (const each of all) this.#add(plainName(labelOf(each)), each);
    for (const each of all) {
      for (const model of each.models) {
        this.#add(model, each);
        this.#add(plainName(model), each);
      }
    }
  }

  /** The one of this name, the first for no name, `undefined` for a name that nothing has. */
  find(name: string): T | undefined {
    const exact = this.#byName.get(name);
    if (exact !== undefined || name.length > MAX_MODEL_NAME_LENGTH) return exact;
    const plain = plainName(name);
    return this.#byName.get(plain) ?? (NO_NAME.has(plain) ? this.#first : undefined);
  }

  /**
   * The name by which clients are shown `one`, and find it: its model's as the flow has it, or its
   * own where another has that.
   */
  idOf(one: T): string {
    const label = labelOf(one);
    return this.#byName.get(label) === one ? label : one.name;
  }

  #add(name: string, one: T): void {
    if (!this.#byName.has(name)) this.#byName.set(name, one);
  }
}

function labelOf({ name, models }: Named): string {
  return models[0] ?? name;
}
