/** The executors of a flow: each a model behind an encoder, chosen by name. */
import { ClipError } from "../errors.ts";
import type { Encoder } from "../dispatch/encoder.ts";
import type { TextTokenizer } from "../model/tokenizer/text_tokenizer.ts";

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
  /** The model's names: as the flow gives it, and its other spellings. */
  models: readonly string[];
  /** Which documents it embeds if the request does not say. */
  accessPaths: string;
  encoder: EncoderDoor;
  /** How its model reads texts, for those who ask. */
  tokenizer: TextTokenizer;
  /** What `/status` tells of it. */
  description: Readonly<Record<string, string>>;
}

/** All executors of a flow. */
export class ExecutorTable {
  readonly all: readonly Executor[];

  /**
   * @param all in the order of the flow; the first serves requests that name none. It may be filled
   * while the server starts: requests are served only after that.
   */
  constructor(all: readonly Executor[]) {
    this.all = all;
  }

  /**
   * The executor that a request means.
   * @param model name of a model or an executor, if the request names one. With one executor it is
   * ignored, as the original ignores it.
   * @throws {ClipError} "not_found" if several executors run and none is called so.
   */
  choose(model: string | undefined): Executor {
    const first = this.all[0]!;
    if (model === undefined || this.all.length === 1) return first;
    const wanted = simplify(model);
    const found = this.all.find(({ name, models }) =>
      simplify(name) === wanted || models.some((own) => simplify(own) === wanted)
    );
    if (found) return found;
    const names = this.all.map(({ name, models }) => `${models[0] ?? name} (${name})`).join(", ");
    throw new ClipError("not_found", `No executor runs '${model}': there are ${names}`, {
      name: "KeyError",
    });
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

/** `ViT-B/32` and `ViT-B-32` are one name. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[\/@]/g, "-");
}
