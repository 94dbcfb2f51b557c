/** Credentials, and keeping them fresh. */
import { ClipError } from "../../errors.ts";

/** What requests are signed with. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** When they end, milliseconds since 1970; absent: never. */
  expiresAt?: number;
}

/** Credentials of their parts. An empty session token is none, and a time that is no number never comes. */
export function credentialsOf(
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string | undefined,
  expiresAt = NaN,
): Credentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

/** Credentials, and where they are from in words: `the environment (AWS_ACCESS_KEY_ID)`. */
export interface FoundCredentials {
  credentials: Credentials;
  source: string;
}

/**
 * Asks for credentials. `undefined`: requests go unsigned.
 * @throws {ClipError} "config" or "unavailable" if those that are meant cannot be had.
 */
export type CredentialProvider = (signal?: AbortSignal) => Promise<FoundCredentials | undefined>;

/** They are asked for anew so long before they end. */
const EARLY_MS = 5 * 60_000;
/** How long those that still hold are used when nobody gives longer ones, before that is tried again. */
const RETRY_MS = 30_000;

/** Credentials for many requests: asked for once, and again before they end. */
export class CredentialCache {
  readonly #provide: CredentialProvider;
  readonly #now: () => number;
  #found: { value: FoundCredentials | undefined } | undefined;
  #asking: Promise<FoundCredentials | undefined> | undefined;
  #notBefore = 0;

  constructor(provide: CredentialProvider, now: () => number = Date.now) {
    this.#provide = provide;
    this.#now = now;
  }

  /** Those of now. @throws what the provider throws, if there are none that still hold. */
  async get(): Promise<FoundCredentials | undefined> {
    const held = this.#found;
    if (held === undefined) return await this.#ask();
    const ends = held.value?.credentials.expiresAt ?? Infinity;
    const now = this.#now();
    if (now < ends - EARLY_MS || (now < ends && now < this.#notBefore)) return held.value;
    // Whoever gives them may give none that hold longer, or not answer.
    this.#notBefore = now + RETRY_MS;
    try {
      return await this.#ask(held.value);
    } catch (thrown) {
      if (now >= ends) throw thrown;
      return held.value;
    }
  }

  /**
   * Looks for others in place of those that the store does not take any more.
   * @returns whether there are some.
   * @throws as `get`.
   */
  async renew(used: FoundCredentials | undefined): Promise<boolean> {
    if (this.#found?.value === used) this.#found = undefined;
    const others = await (this.#found === undefined ? this.#ask(used) : this.get());
    return !areSame(others, used);
  }

  /**
   * Many requests that need them at once ask once.
   * @param before those that there were: nobody who had some is nobody from now on.
   */
  #ask(before?: FoundCredentials): Promise<FoundCredentials | undefined> {
    this.#asking ??= this.#provide().then((value) => {
      if (value === undefined && before !== undefined) {
        throw new ClipError(
          "unavailable",
          `The credentials from ${before.source} come to an end, and there are no new ones`,
        );
      }
      this.#found = { value };
      return value;
    }).finally(() => this.#asking = undefined);
    return this.#asking;
  }
}

function areSame(a: FoundCredentials | undefined, b: FoundCredentials | undefined): boolean {
  const [one, other] = [a?.credentials, b?.credentials];
  return one?.accessKeyId === other?.accessKeyId && one?.sessionToken === other?.sessionToken &&
    one?.secretAccessKey === other?.secretAccessKey;
}
