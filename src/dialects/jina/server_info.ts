/** What the server tells of itself: `/status`, `JinaInfoRPC`, the banner. */
import { ClipError } from "../../errors.ts";
import type { Indexer } from "../../index/indexer.ts";
import type { Executor } from "../../service/executors.ts";
import type { Service } from "../../service/service.ts";
import { VERSION } from "../../version.ts";

/** The Jina whose protocol is spoken: clients print it, and some compare it. */
const JINA_VERSION = "3.20.1";

/** How long an index is asked for its numbers, milliseconds. */
const INDEX_PATIENCE_MS = 1000;

/** Describes the running server. */
export class ServerInfo {
  readonly #service: Pick<Service, "executors" | "indexers">;
  readonly #startedAt = new Date().toISOString();

  constructor(service: Pick<Service, "executors" | "indexers">) {
    this.#service = service;
  }

  /** `jina.JinaInfoProto`: versions, and variables that matter (none that may hold a secret). */
  proto(): { jina: Record<string, string>; envs: Record<string, string> } {
    return {
      jina: {
        jina: JINA_VERSION,
        clipline: VERSION,
        deno: Deno.version.deno,
        v8: Deno.version.v8,
        platform: Deno.build.target,
        uptime: this.#startedAt,
      },
      envs: { JINA_LOG_LEVEL: Deno.env.get("JINA_LOG_LEVEL") ?? "INFO" },
    };
  }

  /** The body of `GET /status`. */
  async status(): Promise<Record<string, unknown>> {
    const { executors, indexers } = this.#service;
    return {
      ...this.proto(),
      executors: executors.all.map((executor) => ({
        name: executor.name,
        ...withoutFolders(executor.description),
        embedding_size: executor.encoder.shape.embedDim,
        image_size: executor.encoder.shape.imageSize,
        ...stateOf(executor),
      })),
      indexers: await Promise.all(indexers.all.map(describeIndexer)),
    };
  }
}

/** Absolute folders before a file's name: what the server's disk looks like is nobody's business. */
const FOLDERS = /(?<![\w.:/])\/(?:[^\s/'",;:]+\/)+/g;

function withoutFolders(description: Executor["description"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(description).map(([key, text]) => [key, text.replace(FOLDERS, "")]),
  );
}

/** What an indexer keeps, as far as it says so in time. */
async function describeIndexer(indexer: Indexer): Promise<Record<string, unknown>> {
  const { name, encoder, dimensions, metric, columns, waiting } = indexer;
  const shape = { name, encoder, engine: indexer.engine, dimensions, metric, columns, waiting };
  try {
    const { documents, pending } = await indexer.status(AbortSignal.timeout(INDEX_PATIENCE_MS));
    return { ...shape, documents, pending };
  } catch (thrown) {
    const error = withoutFolders({ error: ClipError.wrap(thrown).message });
    return { ...shape, documents: null, pending: null, ...error };
  }
}

/** What an engine does now, in the spelling of Jina's JSON. */
function stateOf({ encoder }: Executor): Record<string, unknown> {
  const state = encoder.state;
  return {
    waiting: state.waiting,
    expected_wait_ms: state.expectedWaitMs,
    running: state.running,
    held_bytes: state.heldBytes,
    replicas: state.replicas,
    replicas_ready: state.replicasReady,
    replicas_busy: state.replicasBusy,
    restarts: state.restarts,
    embedded: state.embedded,
  };
}
