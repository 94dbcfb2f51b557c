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
  reject: (error: ClipError) => void;
}

/** The worker is there while there is work for it: it holds no memory and nobody has to end it. */
export class ThreadedTokenizer implements TextTokenizer {
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly #setup: TokenizerSetup;
  readonly #timeoutMs: number;
  readonly #tasks = new Map<number, Task>();
  /** Made when first needed: it loads the vocabulary. */
  #tokens: TextTokens | undefined;
  #worker: Worker | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #nextTask = 0;

  /** @param timeoutMs how long a long text may take. */
  constructor(setup: TokenizerSetup = {}, timeoutMs = TIMEOUT_MS) {
    this.#setup = setup;
    this.#timeoutMs = timeoutMs;
    this.contextLength = setup.contextLength ?? CLIP_CONTEXT_LENGTH;
    this.vocabSize = setup.vocabSize ?? CLIP_VOCAB_SIZE;
  }

  async tokenize(text: string, options: TokenizeOptions): Promise<TokenizedText> {
    checkWhole(text);
    return isShort(text)
      ? this.#here.tokenize(text, options)
      : await this.#ask<TokenizedText>({ type: "tokenize", text, options });
  }

  async count(text: string, limit: number): Promise<number> {
    if (isShort(text)) return this.#here.count(text, limit);
    return this.#here.countAtOnce?.(text, limit) ??
      await this.#ask<number>({ type: "count", text, limit });
  }

  async keepLast(text: string): Promise<string> {
    checkWhole(text);
    return isShort(text)
      ? this.#here.keepLast(text)
      : await this.#ask<string>({ type: "keepLast", text });
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

  #ask<T extends Answer>(question: TextQuestion): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const task = this.#nextTask++;
    this.#tasks.set(task, { question, resolve, reject });
    if (this.#worker) this.#send(task);
    else this.#start();
    // What a question is answered with is of its kind.
    return promise as Promise<T>;
  }

  /** A worker for all that is asked. */
  #start(): void {
    this.#worker = new Worker(WORKER_URL, { type: "module", name: "tokenize" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromTokenizer>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new ClipError("backend", `The tokenizing worker died: ${event.message}`));
    };
    for (const task of this.#tasks.keys()) this.#send(task);
    this.#watch();
  }

  #send(task: number): void {
    const message: ToTokenizer = {
      ...this.#tasks.get(task)!.question,
      task,
      tokenizer: this.#setup,
    };
    this.#worker!.postMessage(message);
  }

  #receive(message: FromTokenizer): void {
    const task = this.#tasks.get(message.task);
    if (!task) return;
    this.#tasks.delete(message.task);
    if ("error" in message) task.reject(ClipError.fromData(message.error));
    else task.resolve(message.answer);
    if (this.#tasks.size === 0) this.#end();
    else this.#watch();
  }

  /** Starts the time of the first text. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      const text = `Cannot tokenize the text within ${this.#timeoutMs} ms: send a shorter one`;
      this.#fail(new ClipError("too_large", text));
    }, this.#timeoutMs);
  }

  /** The text that was worked on fails; the others go to a new worker. */
  #fail(error: ClipError): void {
    this.#end();
    const [first] = this.#tasks;
    if (!first) return;
    this.#tasks.delete(first[0]);
    first[1].reject(error);
    if (this.#tasks.size > 0) this.#start();
  }

  #end(): void {
    clearTimeout(this.#watchdog);
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
