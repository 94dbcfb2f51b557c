/**
 * Names to addresses, as the system resolves them (its hosts file too).
 *
 * A look-up cannot be ended: it holds one of the process's 32 threads for files and names until the
 * system's resolver gives up, 10 s and more after a name server fell silent. So only a part of the
 * threads is for look-ups, and one whose asker has left counts until it is over.
 */
import { lookup } from "node:dns";
import { ClipError } from "../../errors.ts";
import { Turns } from "../../turns.ts";

/** Look-ups at one time, over all of a server: half of the threads. */
export const AT_ONCE = 16;

/** Asks the system; tests have another. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** Look-ups of names, a limited number at one time. */
export class HostLookup {
  readonly #resolve: Resolve;
  readonly #turns = new Turns();
  /** Those under way, by name: who asks for the same name gets the same answer. */
  readonly #underWay = new Map<string, Promise<string[]>>();

  constructor(resolve: Resolve = askSystem) {
    this.#resolve = resolve;
  }

  /**
   * The addresses of a name, at least one.
   * @param signal ends the waiting, not the look-up; its reason is thrown.
   * @throws {Error} as node:dns, with a `code`.
   */
  async addresses(hostname: string, signal: AbortSignal): Promise<string[]> {
    const asked = await this.#turns.wait(() => {
      // In an object, so that it is not awaited in the line, where a signal no longer ends it.
      const same = this.#underWay.get(hostname);
      if (same) return { addresses: same };
      return this.#underWay.size < AT_ONCE ? { addresses: this.#ask(hostname) } : undefined;
    }, signal);
    return await orAborted(asked.addresses, signal);
  }

  #ask(hostname: string): Promise<string[]> {
    const addresses = this.#resolve(hostname).finally(() => {
      this.#underWay.delete(hostname);
      this.#turns.proceed();
    });
    // Nobody may be left to hear that it failed.
    addresses.catch(() => {});
    this.#underWay.set(hostname, addresses);
    return addresses;
  }
}

function askSystem(hostname: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(ClipError.wrap(signal.reason, "cancelled"));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
