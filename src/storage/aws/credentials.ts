/** Credentials, and keeping them fresh. */

/** What requests are signed with. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** When they end, milliseconds since 1970; absent: never. */
  expiresAt?: number;
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
/** How long those that still hold are used when nobody gives new ones, before that is tried again. */
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
    try {
      return await this.#ask();
    } catch (thrown) {
      if (now >= ends) throw thrown;
      this.#notBefore = now + RETRY_MS;
      return held.value;
    }
  }

  /** Forgets credentials that the store does not take any more. @returns whether others may come. */
  drop(used: FoundCredentials | undefined): boolean {
    if (used?.credentials.expiresAt === undefined) return false;
    if (this.#found?.value === used) this.#found = undefined;
    return true;
  }

  /** Many requests that need them at once ask once. */
  #ask(): Promise<FoundCredentials | undefined> {
    this.#asking ??= this.#provide().then((value) => {
      this.#found = { value };
      return value;
    }).finally(() => this.#asking = undefined);
    return this.#asking;
  }
}
