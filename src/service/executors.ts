/** The executors of a flow: each a model behind an encoder, chosen by name. */
import { ClipError } from "../errors.ts";
import type { Encoder } from "../dispatch/encoder.ts";
import type { TextTokenizer } from "../model/tokenizer/text_tokenizer.ts";
import { NameTable } from "./name_table.ts";
import type { Similarity } from "./rank.ts";

/** What the service uses of an encoder. */
export type EncoderDoor = Pick<
  Encoder,
  | "encode"
  | "room"
  | "behind"
  | "refusal"
  | "refusedUnread"
  | "waitMs"
  | "ready"
  | "shape"
  | "state"
  | "close"
>;

/** One executor. */
export interface Executor {
  /** Name in the flow, shown in routes. */
  name: string;
  /** The model's names: as the flow gives it, which clients are shown, and its other spellings. */
  models: readonly string[];
  /** Which documents it embeds if the request does not say. */
  accessPaths: string;
  encoder: EncoderDoor;
  /** What cosines mean when matches are ranked; default: their softmax. */
  similarity?: Similarity;
  /** How its model reads texts, for those who ask. */
  tokenizer: TextTokenizer;
  /** How its work is put together. */
  batching: {
    /** Tokens that the texts of one minibatch may have. */
    maxTokens: number;
    /** Threads that prepare texts and images. */
    workers: number;
  };
  /** What `/status` tells of it. */
  description: Readonly<Record<string, string>>;
}

/** What a table of executors may be told. */
export interface ExecutorTableOptions {
  /** A model that nobody runs means the first executor (`any_model_name` of the flow). */
  anyModelName?: boolean;
}

/** All executors of a flow. */
export class ExecutorTable {
  readonly all: readonly Executor[];
  readonly #anyModelName: boolean;
  #names: { table: NameTable<Executor>; of: number } | undefined;

  /**
   * @param all in the order of the flow; the first serves requests that name none. It may be filled
   * while the server starts: requests are served only after that.
   */
  constructor(all: readonly Executor[], { anyModelName = false }: ExecutorTableOptions = {}) {
    this.all = all;
    this.#anyModelName = anyModelName;
  }

  /**
   * The executor of a name: its own, its model's as the flow writes it, or any other spelling of that
   * (`ViT-B-32::openai`, `ViT-B-32__openai`, `openai/clip-vit-base-patch32`). A name that is missing,
   * empty, `default` or infinity's `default/not-specified` means the first.
   * @throws {ClipError} "not_found" with the names there are, unless any name will do.
   */
  named(model: string | null | undefined): Executor {
    const first = this.all[0]!;
    if (model === undefined || model === null) return first;
    const found = this.#table.find(model);
    if (found !== undefined) return found;
    if (this.#anyModelName) return first;
    const names = this.all.map((executor) => {
      const id = this.idOf(executor);
      return id === executor.name ? id : `${id} (${executor.name})`;
    });
    throw new ClipError(
      "not_found",
      `No executor runs '${model.slice(0, 100)}': there ${names.length === 1 ? "is" : "are"} ${
        names.join(", ")
      }`,
      { name: "KeyError" },
    );
  }

  /**
   * The executor that a request of clip-as-service means: with one executor its model's name is
   * ignored, as the original ignores it.
   * @throws {ClipError} "not_found" if several executors run and none is called so.
   */
  choose(model: string | undefined): Executor {
    return this.all.length === 1 ? this.all[0]! : this.named(model);
  }

  /**
   * The name by which clients are shown an executor, as `/v1/models` does: its model's, as the flow
   * writes it, or its own where an earlier one has that. {@linkcode named} finds it by this name.
   */
  idOf(executor: Executor): string {
    return this.#table.idOf(executor);
  }

  /** Made at the first request, when all executors are there. */
  get #table(): NameTable<Executor> {
    if (this.#names?.of !== this.all.length) {
      this.#names = { table: new NameTable(this.all), of: this.all.length };
    }
    return this.#names.table;
  }

  /** Whether every executor has a replica that takes work. */
  get ready(): boolean {
    return this.all.every(({ encoder }) => encoder.ready);
  }

  /** Resolves when every executor's queue has room for more of a stream; rejects with the signal. */
  async room(signal: AbortSignal): Promise<void> {
    for (const { encoder } of this.all) await encoder.room(signal);
  }

  /** Whether some executor has so much of a stream that more of it would wait too long. */
  behind(flow: object): boolean {
    return this.all.some(({ encoder }) => encoder.behind(flow));
  }

  /** Why a request would be refused by every executor; undefined if one of them may take it. */
  refusal(): ClipError | undefined {
    let error: ClipError | undefined;
    for (const { encoder } of this.all) {
      error = encoder.refusal();
      if (!error) return undefined;
    }
    // It is one request, whichever of them it was for.
    this.all[0]?.encoder.refusedUnread();
    return error;
  }

  /** Milliseconds that a request would wait where the wait is shortest. */
  get waitMs(): number {
    return Math.min(...this.all.map(({ encoder }) => encoder.waitMs));
  }
}
