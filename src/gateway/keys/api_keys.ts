/** The API keys of a server: who shows one of them may come in. Of keys only hashes are kept. */
import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { ClipError, KeyError } from "../../errors.ts";
import {
  type ApiKeyConfig,
  type ApiKeyFile,
  LEAST_KEY_CHARACTERS,
  MAX_API_KEYS,
  SHORT_KEY,
  unnamedKey,
} from "../../flow/api_keys.ts";
import type { Log } from "../../telemetry/log.ts";
import { Allowance } from "./allowance.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import {
  findDigest,
  type Hashed,
  type HeaderReader,
  shownByWebSocket,
  shownKeys,
} from "./credentials.ts";
import { fileStamp, readKeyFile } from "./key_file.ts";

/** How often files are looked at. */
const POLL_MS = 10_000;

/** Who has a key. */
export interface KeyHolder {
  /** As the log and the metrics show it. */
  readonly name: string;
  /** Undefined: as much as anybody. */
  readonly allowance: Allowance | undefined;
}

/** What keys are made with. */
export interface ApiKeyOptions {
  /** Items that may wait in all executors together, of which keys have shares. */
  maxQueue: number;
  log: Log;
  clock?: Clock | undefined;
  pollMs?: number | undefined;
}

/** A key as it is kept. */
interface HashedKey extends Hashed {
  name: string | undefined;
  limits: Omit<ApiKeyConfig, "key" | "name">;
  /** It can be guessed. */
  short: boolean;
}

interface Entry extends Hashed, KeyHolder {
  /** Changes when what the flow says of the key does. */
  said: string;
}

/** Tells who asks; kept up with the files. */
export class ApiKeys {
  readonly #config: readonly (HashedKey | ApiKeyFile)[];
  readonly #files: readonly string[];
  readonly #maxQueue: number;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #seen: string;
  #toldShort = false;
  #entries: readonly Entry[] = [];

  /** @throws {KeyError} "config" if a file cannot be used, or keys are there twice. */
  constructor(config: readonly (ApiKeyConfig | ApiKeyFile)[], options: ApiKeyOptions) {
    this.#config = config.map((entry) => "file" in entry ? entry : hashed(entry));
    this.#files = config.flatMap((entry) => "file" in entry ? [entry.file] : []);
    this.#maxQueue = options.maxQueue;
    this.#log = options.log;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#seen = this.#stamp();
    this.#entries = this.#read();
    if (this.#files.length === 0) return;
    this.#timer = setInterval(() => this.check(), options.pollMs ?? POLL_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Whose key a request shows. @throws {ClipError} "unauthenticated": none, or none of these. */
  holder(header: HeaderReader): KeyHolder {
    const shown = shownKeys(header);
    const found = this.#find(shown);
    if (found) return found;
    throw new ClipError(
      "unauthenticated",
      shown.length === 0
        ? "There is no API key: send one as 'Authorization: Bearer KEY', 'x-api-key' or 'api-key'"
        : "The API key is not known here",
    );
  }

  /** Whose key a WebSocket's client shows; undefined if it shows none of these. */
  socketHolder(header: HeaderReader, subprotocols: readonly string[]): KeyHolder | undefined {
    return this.#find(shownByWebSocket(header, subprotocols));
  }

  /** Looks whether files have changed, and takes up what they hold; of wrong ones nothing. */
  check(): void {
    const now = this.#stamp();
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      this.#entries = this.#read();
      this.#log.info("The changed API keys are in use", { keys: this.#entries.length });
    } catch (thrown) {
      const reason = ClipError.wrap(thrown).message;
      this.#log.warn("The changed API keys cannot be used: the old ones stay", { reason });
    }
  }

  /** Looks no more, and wakes nobody. */
  close(): void {
    clearInterval(this.#timer);
    for (const { allowance } of this.#entries) allowance?.close();
  }

  #find(shown: readonly string[]): KeyHolder | undefined {
    let found: KeyHolder | undefined;
    for (const key of shown) found ??= findDigest(this.#entries, sha256(key));
    return found;
  }

  #read(): Entry[] {
    const entries: Entry[] = [];
    const digests = new Set<string>();
    const names = new Set<string>();
    const add = (key: HashedKey, where: string) => {
      const { digest, name = unnamedKey(entries.length), limits, short } = key;
      const fail = (what: string) =>
        new KeyError("config", "api_keys", `'api_keys'${where}: ${what}`);
      const text = digest.join();
      if (digests.has(text)) throw fail(`the key '${name}' is there twice`);
      if (names.has(name)) throw fail(`'${name}' is the name of two keys`);
      if (entries.length === MAX_API_KEYS) throw fail(`there are more than ${MAX_API_KEYS} keys`);
      digests.add(text);
      names.add(name);
      if (where !== "" && short && !this.#toldShort) {
        this.#toldShort = true;
        this.#log.warn(`The key '${name}'${where} ${SHORT_KEY}`);
      }
      entries.push(this.#entry(digest, name, limits));
    };
    for (const config of this.#config) {
      if (!("file" in config)) add(config, "");
      else for (const line of readKeyFile(config.file)) add(hashed(line), ` of ${config.file}`);
    }
    return entries;
  }

  /** What a key has used up is not forgotten because others have changed. */
  #entry(digest: Uint8Array, name: string, limits: HashedKey["limits"]): Entry {
    const said = JSON.stringify([name, limits]);
    const before = findDigest(this.#entries, digest);
    if (before?.said === said) return before;
    const { rate, burst, share } = limits;
    const inside = share && Math.max(1, Math.floor(share * this.#maxQueue));
    const allowance = rate === undefined && inside === undefined
      ? undefined
      : new Allowance(name, { rate, burst, inside }, this.#clock);
    return { digest, name, allowance, said };
  }

  #stamp(): string {
    return this.#files.map(fileStamp).join(" ");
  }
}

function hashed({ key, name, ...limits }: ApiKeyConfig): HashedKey {
  return { digest: sha256(key), name, limits, short: key.length < LEAST_KEY_CHARACTERS };
}

function sha256(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
