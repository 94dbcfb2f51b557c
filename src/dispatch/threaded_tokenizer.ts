/** CLIP's tokenizer for those who ask about tokens, with a thread beside it for what takes long. */
import { ClipError } from "../errors.ts";
import { ClipTokens } from "../model/tokenizer/clip_tokens.ts";
import type {
  TextTokenizer,
  TokenizedText,
  TokenizeOptions,
} from "../model/tokenizer/text_tokenizer.ts";
import { CLIP_CONTEXT_LENGTH, type TokenizerOptions } from "../model/tokenizer/tokenizer.ts";
import { CLIP_VOCAB_SIZE } from "../model/tokenizer/merges.ts";
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
  readonly #options: TokenizerOptions;
  readonly #timeoutMs: number;
  /** What is worked on first, and what waits. */
  readonly #tasks: Task[] = [];
  /** Made when first needed: it loads the merges. */
  #tokens: ClipTokens | undefined;
  #worker: Worker | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  /** @param timeoutMs how long a long text may take. */
  constructor(options: TokenizerOptions = {}, timeoutMs = TIMEOUT_MS) {
    this.#options = options;
    this.#timeoutMs = timeoutMs;
    this.contextLength = options.contextLength ?? CLIP_CONTEXT_LENGTH;
    this.vocabSize = options.vocabSize ?? CLIP_VOCAB_SIZE;
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
    return isShort(text)
      ? this.#here.count(text, limit)
      : await this.#ask<number>({ type: "count", text, limit }, signal);
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
    return id >= this.vocabSize - 2 && id < this.vocabSize;
  }

  get #here(): ClipTokens {
    return this.#tokens ??= new ClipTokens(this.#options);
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
    clearTimeout(this.#watchdog);
    const [first] = this.#tasks;
    if (!first) return this.#end();
    this.#worker ??= this.#start();
    const message: ToTokenizer = { ...first.question, tokenizer: this.#options };
    this.#worker.postMessage(message);
    this.#watchdog = setTimeout(() => {
      const text = `Cannot tokenize the text within ${this.#timeoutMs} ms: send a shorter one`;
      this.#fail(new ClipError("too_large", text));
    }, this.#timeoutMs);
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL, { type: "module", name: "tokenize" });
    worker.onmessage = ({ data }: MessageEvent<FromTokenizer>) => {
      const done = this.#tasks.shift();
      if ("error" in data) done?.reject(ClipError.fromData(data.error));
      else done?.resolve(data.answer);
      this.#work();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new ClipError("backend", `The tokenizing worker died: ${event.message}`));
    };
    return worker;
  }

  /** Whoever waited for the text has left. */
  #leave(task: Task, reason: unknown): void {
    const place = this.#tasks.indexOf(task);
    if (place === 0) this.#fail(reason);
    else if (place > 0) this.#tasks.splice(place, 1)[0]!.reject(reason);
  }

  /** The text in work is given up; the others go to a new worker. */
  #fail(error: unknown): void {
    this.#end();
    this.#tasks.shift()?.reject(error);
    this.#work();
  }

  #end(): void {
    clearTimeout(this.#watchdog);
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
