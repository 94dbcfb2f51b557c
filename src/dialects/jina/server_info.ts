/** What the server tells of itself: `/status`, `JinaInfoRPC`, the banner. */
import type { Executor, ExecutorTable } from "../../service/executors.ts";
import { VERSION } from "../../version.ts";

/** The Jina whose protocol is spoken: clients print it, and some compare it. */
const JINA_VERSION = "3.20.1";

/** Describes the running server. */
export class ServerInfo {
  readonly #executors: ExecutorTable;
  readonly #startedAt = new Date().toISOString();

  constructor(executors: ExecutorTable) {
    this.#executors = executors;
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
  status(): Record<string, unknown> {
    return {
      ...this.proto(),
      executors: this.#executors.all.map((executor) => ({
        name: executor.name,
        ...withoutFolders(executor.description),
        embedding_size: executor.encoder.shape.embedDim,
        image_size: executor.encoder.shape.imageSize,
        ...stateOf(executor),
      })),
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
