/** The models by their names, and what the protocol tells of them. */
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";
import { notReady } from "../../service/lifecycle.ts";
import type { DialectContext } from "../context.ts";
import { embeddingInfo, INPUTS, PLATFORM, type TensorInfo, VERSION } from "./model_interface.ts";

/** A longer name is none that a client is told again. */
const MAX_NAME_LENGTH = 256;

/** A model that was asked for. */
export interface FoundModel {
  /** As it was asked for, which is how its clients compare it; its own if no name was given. */
  name: string;
  executor: Executor;
}

/** What a client wants to know before it asks a model for anything. */
export interface ModelMetadata {
  name: string;
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
  platform: string;
}

/** A model in the list of all. */
export interface IndexedModel {
  name: string;
  ready: boolean;
}

/** The models. */
export class Models {
  readonly #context: Pick<DialectContext, "service" | "lifecycle">;

  constructor(context: Pick<DialectContext, "service" | "lifecycle">) {
    this.#context = context;
  }

  /** Whether requests would be served. */
  get ready(): boolean {
    const { lifecycle, service } = this.#context;
    return notReady(lifecycle.stage, service.executors.ready) === undefined;
  }

  /**
   * The model of a name and version.
   * @param version empty for the one that there is.
   * @throws {ClipError} not_found; unavailable while the server starts.
   */
  find(name: string, version: string): FoundModel {
    const { executors } = this.#context.service;
    if (executors.all.length === 0) throw new ClipError("unavailable", "The server is starting");
    const executor = executors.named(name);
    if (version !== "" && version !== VERSION) {
      throw new ClipError(
        "not_found",
        `Model '${name.slice(0, 100)}' has no version '${version.slice(0, 40)}': it is ${VERSION}`,
      );
    }
    const told = name !== "" && name.length <= MAX_NAME_LENGTH;
    return { name: told ? name : executors.idOf(executor), executor };
  }

  /** Whether a model takes requests. @throws {ClipError} as `find`. */
  isReady(name: string, version: string): boolean {
    return this.find(name, version).executor.encoder.ready &&
      this.#context.lifecycle.stage === "serving";
  }

  /** @throws {ClipError} as `find`; unavailable while the model is loaded. */
  metadata(name: string, version: string): ModelMetadata {
    const { name: told, executor } = this.find(name, version);
    return {
      name: told,
      inputs: INPUTS,
      outputs: [embeddingInfo(executor.encoder.shape.embedDim)],
      platform: PLATFORM,
    };
  }

  /** All models, each by the name that clients are shown. */
  all(): FoundModel[] {
    const { executors } = this.#context.service;
    return executors.all.map((executor) => ({ name: executors.idOf(executor), executor }));
  }

  /** All models, and whether they take requests. */
  index(): IndexedModel[] {
    return this.all().map(({ name, executor }) => ({ name, ready: executor.encoder.ready }));
  }
}
