/** A model's tokenizer for those who ask about tokens, with a thread beside it for what takes long. */
import { ClipError } from "../errors.ts";
import {
  openTextTokens,
  type TextTokens,
  type TokenizerSetup,
} from "../model/tokenizer/open_tokenizer.ts";
import type {
  TextTokenizer,
  TokenizedText,
  TokenizeOptions,
} from "../model/tokenizer/text_tokenizer.ts";
import { CLIP_CONTEXT_LENGTH } from "../model/tokenizer/tokenizer.ts";
import { CLIP_VOCAB_SIZE } from "../model/tokenizer/merges.ts";
import { afterPatience } from "../patience.ts";
import type { FromTokenizer, TextQuestion, ToTokenizer } from "../../workers/tokenize_messages.ts";

const WORKER_URL = new URL("../../workers/tokenize.ts", import.meta.url);

/**
 * Texts of up to so many UTF-16 units are tokenized on the spot: that takes less than a
 * millisecond, and three for the worst that is known (mojibake in every word).
 */
const SHORT_TEXT = 1024;

/** Longest text that is tokenized whole, UTF-16 units: some thirty bytes of memory go with each. */
const MAX_WHOLE_TEXT = 1 << 20;

/** How long one text may take in the worker, milliseconds. */
const TIMEOUT_MS = 5000;

/** How long the worker may take to load its modules and the vocabulary: that is no text's fault. */
const START_TIMEOUT_MS = 60_000;

type Answer = TokenizedText | number | string;

interface Task {
  question: TextQuestion;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * One long text at a time is in the worker, the others wait in the order in which they came. The
 * worker is there while there is work for it: it holds no memory and nobody has to end it.
 */
export class ThreadedTokenizer implements TextTokenizer {
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly #setup: TokenizerSetup;
  readonly #timeoutMs: number;
  /** What is worked on first, and what waits. */
  readonly #tasks: Task[] = [];
  /** Made when first needed: it loads the vocabulary. */
  #tokens: TextTokens | undefined;
  #worker: Worker | undefined;
  /** What the worker works on; nothing before it is ready. */
  #inWork: Task | undefined;
  #stopWatching = () => {};

  /** @param timeoutMs how long a long text may take. */
  constructor(setup: TokenizerSetup = {}, timeoutMs = TIMEOUT_MS) {
    this.#setup = setup;
    this.#timeoutMs = timeoutMs;
    this.contextLength = setup.contextLength ?? CLIP_CONTEXT_LENGTH;
    this.vocabSize = setup.vocabSize ?? CLIP_VOCAB_SIZE;
  }

  async tokenize(
    text: string,
    options: TokenizeOptions,
    signal?: AbortSignal,
  ): Promise<TokenizedText> {
    checkWhole(text);
    return isShort(text)
      ? this.#here.tokenize(text, options)
      : await this.#ask<TokenizedText>({ type: "tokenize", text, options }, signal);
  }

  async count(text: string, limit: number, signal?: AbortSignal): Promise<number> {
    if (isShort(text)) return this.#here.count(text, limit);
    return this.#here.countAtOnce?.(text, limit) ??
      await this.#ask<number>({ type: "count", text, limit }, signal);
  }

  async keepLast(text: string, signal?: AbortSignal): Promise<string> {
    checkWhole(text);
    return isShort(text)
      ? this.#here.keepLast(text)
      : await this.#ask<string>({ type: "keepLast", text }, signal);
  }

  decode(ids: ArrayLike<number>, options: { skipSpecialTokens: boolean }): string {
    return this.#here.decode(ids, options);
  }

  spelling(id: number): string {
    return this.#here.spelling(id);
  }

  isSpecial(id: number): boolean {
    return this.#here.isSpecial(id);
  }

  get #here(): TextTokens {
    return this.#tokens ??= openTextTokens(this.#setup);
  }

  #ask<T extends Answer>(question: TextQuestion, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const task: Task = { question, resolve, reject };
    const leave = () => this.#leave(task, signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    if (this.#tasks.push(task) === 1) this.#work();
    // What a question is answered with is of its kind.
    return promise.finally(() => signal?.removeEventListener("abort", leave)) as Promise<T>;
  }

  /** Gives the first text to the worker, in the time that it has. */
  #work(): void {
    this.#stopWatching();
    const [first] = this.#tasks;
    if (!first) return this.#end();
    if (!this.#worker) return this.#start();
    this.#inWork = first;
    this.#worker.postMessage(first.question satisfies ToTokenizer);
    this.#stopWatching = afterPatience(this.#timeoutMs, () => {
      const text = `Cannot tokenize the text within ${this.#timeoutMs} ms: send a shorter one`;
      this.#fail(new ClipError("too_large", text));
    });
  }

  #start(): void {
    const worker = this.#worker = new Worker(WORKER_URL, { type: "module", name: "tokenize" });
    worker.onmessage = ({ data }: MessageEvent<FromTokenizer>) => {
      if (!("ready" in data)) {
        const done = this.#tasks.shift();
        if ("error" in data) done?.reject(ClipError.fromData(data.error));
        else done?.resolve(data.answer);
      }
      this.#work();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new ClipError("backend", `The tokenizing worker died: ${event.message}`));
    };
    worker.postMessage({ type: "open", tokenizer: this.#setup } satisfies ToTokenizer);
    this.#stopWatching = afterPatience(START_TIMEOUT_MS, () => {
      const text = `The tokenizing worker was not ready within ${START_TIMEOUT_MS} ms`;
      this.#fail(new ClipError("backend", text));
    });
  }

  /** Whoever waited for the text has left. */
  #leave(task: Task, reason: unknown): void {
    if (task === this.#inWork) return this.#fail(reason);
    const place = this.#tasks.indexOf(task);
    if (place < 0) return;
    this.#tasks.splice(place, 1)[0]!.reject(reason);
    // It was all that a worker is started for.
    if (this.#tasks.length === 0) this.#end();
  }

  /** The text in work is given up; the others go to a new worker. */
  #fail(error: unknown): void {
    this.#end();
    this.#tasks.shift()?.reject(error);
    this.#work();
  }

  #end(): void {
    this.#stopWatching();
    this.#inWork = undefined;
    // Nothing that it still says is heard.
    if (this.#worker) this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

function isShort(text: string): boolean {
  return text.length <= SHORT_TEXT;
}

function checkWhole(text: string): void {
  if (text.length <= MAX_WHOLE_TEXT) return;
  throw new ClipError(
    "too_large",
    `Cannot tokenize a text of ${text.length} characters: it may have ${MAX_WHOLE_TEXT}`,
  );
}
