/** The embedder by servers, several side by side: who is done sooner gets more. */
import { ClipClient, ClipClientError, type ClipClientOptions } from "../../../client/mod.ts";
import type { Embedder, EmbedItem } from "../../bulk/embedder.ts";
import { ClipError, type ErrorKind } from "../../errors.ts";
import { cosine } from "../../service/rank.ts";
import { CALLS_PER_SERVER, isOfServer, reasonOf, ServerShare } from "./server_share.ts";

/** Who embeds. */
export interface ServersOptions {
  urls: readonly string[];
  /** A model's name, for servers of several. */
  model?: string | undefined;
  client: ClipClientOptions;
  /** Items of a request. */
  batchSize?: number | undefined;
  /** Told of servers that fail, and that are there again. */
  tell: (line: string) => void;
}

const BATCH_SIZE = 32;

/** A server that failed so often, one time after the other, counts as gone: about a minute. */
const GONE_AFTER = 8;

/** Models in several number formats differ less, other models more. */
const LEAST_COSINE = 0.95;

/** Embeds by servers. */
export class ServersEmbedder implements Embedder {
  readonly model: string;
  readonly batchSize: number;
  readonly inFlight: number;
  readonly #servers: readonly ServerShare[];
  readonly #probe: Float32Array;
  readonly #tell: (line: string) => void;
  /** Calls that wait for a server. */
  readonly #waiting = new Set<() => void>();

  constructor(
    servers: readonly ServerShare[],
    probe: Float32Array,
    { model, batchSize = BATCH_SIZE, tell }: ServersOptions,
  ) {
    this.model = model ?? `of the servers (${probe.length} dimensions)`;
    this.batchSize = batchSize;
    this.inFlight = CALLS_PER_SERVER * servers.length;
    this.#servers = servers;
    this.#probe = probe;
    this.#tell = tell;
  }

  async encode(
    items: readonly EmbedItem[],
    signal: AbortSignal,
  ): Promise<(Float32Array | Error)[]> {
    for (;;) {
      const server = await this.#taken(signal);
      try {
        await this.#check(server);
        const results = await server.encode(items, signal);
        if (server.failures > 0) this.#tell(`${server.url} is there again`);
        server.succeeded();
        return results;
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isOfServer(thrown)) throw asClipError(thrown, server.url);
        this.#failed(server, thrown);
      } finally {
        server.busy--;
        for (const wake of this.#waiting) wake();
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  #failed(server: ServerShare, error: ClipClientError): void {
    const before = server.failures;
    server.failed(error, performance.now());
    if (before === 0 && server.failures > 0) this.#tell(`${server.url}: ${server.reason}`);
    if (server.failures === GONE_AFTER) {
      this.#tell(`${server.url} is left out: it does not come back`);
    }
  }

  /**
   * The server that a call goes to: of those that take one, the one with the least to do. The call
   * counts at once: others that come in the same moment see it.
   * @throws {ClipError} "unavailable" when all are gone; the signal's reason.
   */
  async #taken(signal: AbortSignal): Promise<ServerShare> {
    for (;;) {
      signal.throwIfAborted();
      const left = this.#servers.filter(({ failures }) => failures < GONE_AFTER);
      if (left.length === 0) throw allGone(this.#servers);
      const now = performance.now();
      const free = left.filter((server) => server.takes(now)).sort((a, b) => a.busy - b.busy);
      const [server] = free;
      if (server !== undefined) {
        server.busy++;
        return server;
      }
      const soonest = Math.min(
        ...left.filter(({ notBefore }) => notBefore > now).map(({ notBefore }) => notBefore - now),
      );
      await this.#wake(soonest, signal);
    }
  }

  /** Resolves when a call ends, after so long at most, or with the signal. */
  async #wake(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = Number.isFinite(ms) ? setTimeout(resolve, ms + 1) : undefined;
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(wake);
    signal.removeEventListener("abort", wake);
  }

  /** A server that was away at the start is looked at before it is given anything. */
  async #check(server: ServerShare): Promise<void> {
    server.probe ??= server.embedProbe();
    try {
      requireSame(this.#probe, await server.probe, server.url);
    } catch (thrown) {
      server.probe = undefined;
      throw thrown;
    }
  }
}

/**
 * Connects to servers and compares what they embed by. One that is not there is tried again later.
 * @throws {ClipError} "unavailable" if none is there, "config" if they have other models, and what
 * a server refuses.
 */
export async function openServers(options: ServersOptions): Promise<ServersEmbedder> {
  const { urls, model, client, tell } = options;
  // With others to turn to, a server that fails is not waited for.
  const retry = urls.length === 1 ? client.retry : { retries: 0 };
  const servers = [...new Set(urls)].map((url) =>
    new ServerShare(url, openClient(url, { ...client, ...(retry && { retry }) }), model)
  );
  let first: { url: string; embedding: Float32Array } | undefined;
  const asked = await Promise.allSettled(servers.map((server) => server.embedProbe()));
  try {
    for (const [index, result] of asked.entries()) {
      const server = servers[index]!;
      if (result.status === "fulfilled") {
        first ??= { url: server.url, embedding: result.value };
        requireSame(first.embedding, result.value, `${server.url} and ${first.url}`);
        server.probe = Promise.resolve(result.value);
      } else if (isOfServer(result.reason)) server.failed(result.reason, performance.now());
      else throw asClipError(result.reason, server.url);
    }
    if (first === undefined) throw allGone(servers);
  } catch (thrown) {
    await Promise.all(servers.map((server) => server.close()));
    throw thrown;
  }
  for (const { url, failures, reason } of servers) if (failures > 0) tell(`${url}: ${reason}`);
  return new ServersEmbedder(servers, first.embedding, options);
}

/** A client. @throws {ClipError} "config" for an address that is none. */
export function openClient(url: string, options: ClipClientOptions): ClipClient {
  try {
    return new ClipClient(url, options);
  } catch (thrown) {
    throw asClipError(thrown, "--server");
  }
}

function requireSame(a: Float32Array, b: Float32Array, where: string): void {
  if (a.length === b.length && cosine(a, b) >= LEAST_COSINE) return;
  throw new ClipError(
    "config",
    `${where}: the servers embed by different models; name one of them by --model`,
  );
}

function allGone(servers: readonly ServerShare[]): ClipError {
  const reasons = servers.map(({ url, reason }) => `${url}: ${reason}`);
  return new ClipError("unavailable", reasons.join("\n"));
}

/** What a client failed with, as the command line tells it; all else as it is. */
export function asClipError(thrown: unknown, where: string): Error {
  if (!(thrown instanceof ClipClientError)) {
    return thrown instanceof Error ? thrown : ClipError.wrap(thrown);
  }
  const reason = reasonOf(thrown);
  const message = reason.includes(where) ? reason : `${where}: ${reason}`;
  return new ClipError(KINDS[thrown.kind] ?? "backend", message, { cause: thrown });
}

/** What is the user's to mend before anything is done. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  usage: "config",
  unauthenticated: "unauthenticated",
  not_found: "not_found",
  unavailable: "unavailable",
  document: "document",
};
