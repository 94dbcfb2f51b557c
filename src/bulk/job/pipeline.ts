/**
 * Rows in, embeddings out, in the order of the input: many rows are on their way at a time, their
 * images are read when there is room, texts and images are embedded in batches apart, several at a
 * time, and what comes out is handed on one row after the other.
 */
import { ClipError } from "../../errors.ts";
import type { Embedder } from "../embedder.ts";
import { endsInput, type InputRow, type Row } from "../row.ts";
import { ImageRoom } from "./image_room.ts";
import { type Entry, type RowOutcome, type Slot, Window } from "./window.ts";

/** How long a batch that is not full waits for more while nothing else is done, milliseconds. */
const LINGER_MS = 200;

/** What a run of the pipeline is made of. */
export interface PipelineOptions {
  /** Opens the input; the signal says that no more is wanted. */
  rows: (signal: AbortSignal) => AsyncIterable<InputRow>;
  /** Whether images are waited for, as `Input` says. */
  distant?: boolean;
  embedder: Embedder;
  /** What of a row is embedded, or why it cannot be. */
  sources: (row: Row) => ("image" | "text")[] | { reason: string };
  /** Takes what became of each row, in their order. What it throws ends the run. */
  take: (outcome: RowOutcome) => Promise<unknown> | undefined;
  /** When it fires no more is begun; what is under way is finished. */
  signal: AbortSignal;
}

/**
 * Embeds rows until the input ends or the signal fires.
 *
 * @returns whether all rows were taken.
 * @throws what the input, the embedder or `take` throws.
 */
export async function runPipeline(options: PipelineOptions): Promise<boolean> {
  return await new Pipeline(options).run();
}

class Pipeline {
  readonly #options: PipelineOptions;
  readonly #window: Window;
  /** What is not a whole batch yet. */
  readonly #open: { text: Entry[]; image: Entry[] } = { text: [], image: [] };
  #batches: Entry[][] = [];
  /** Images that are to be read. */
  #unread: { slot: Slot; at: number; row: Row }[] = [];
  readonly #room: ImageRoom;
  #calls = 0;
  /** The last row of which anything was given to the embedder. */
  #furthest = -1;
  #ended = false;
  #writing = false;
  /** Whether `take` failed: nothing more is given to it. */
  #untaken = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;
  /** Ends the reading of the input. */
  readonly #enough = new AbortController();
  /** Ends calls of the embedder: something failed. */
  readonly #failed = new AbortController();

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { batchSize, inFlight } = options.embedder;
    const rows = batchSize * (2 * inFlight + 2);
    this.#window = new Window(rows);
    this.#room = new ImageRoom(options.distant ? rows : undefined);
  }

  async run(): Promise<boolean> {
    const { signal } = this.#options;
    const stop = () => this.#stop();
    if (signal.aborted) return false;
    signal.addEventListener("abort", stop);
    try {
      const complete = await this.#readAll();
      this.#ended = true;
      this.#advance();
      while (this.#busy) await this.#changed();
      if (this.#failure !== undefined) throw this.#failure.error;
      return complete && this.#window.size === 0;
    } finally {
      signal.removeEventListener("abort", stop);
      clearTimeout(this.#linger);
    }
  }

  get #over(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  get #busy(): boolean {
    return this.#calls > 0 || this.#writing || this.#room.reading > 0 ||
      this.#failure === undefined && (this.#batches.length > 0 || this.#unread.length > 0);
  }

  /** @returns whether the input came to its end. */
  async #readAll(): Promise<boolean> {
    const rows = this.#options.rows(this.#enough.signal)[Symbol.asyncIterator]();
    while (!this.#over) {
      const next = await this.#nextRow(rows);
      if (next === undefined) break;
      if (next.done) return true;
      this.#admit(next.value);
      this.#advance();
      while (!this.#over && this.#window.full) await this.#changed();
    }
    // An input that waits for its own source may not hear that it is over before that gives more.
    rows.return?.()?.catch(() => {});
    return false;
  }

  /** What the input has next; nothing if the run is over before. */
  async #nextRow(
    rows: AsyncIterator<InputRow>,
  ): Promise<IteratorResult<InputRow> | undefined> {
    try {
      return await new Promise((resolve, reject) => {
        this.#wake = () => this.#over && resolve(undefined);
        rows.next().then(resolve, reject);
      });
    } catch (error) {
      if (!this.#over) this.#fail(error);
      return undefined;
    } finally {
      this.#wake = undefined;
    }
  }

  #admit(row: InputRow): void {
    if ("reason" in row) {
      this.#window.add(row, 0, row.reason);
      return;
    }
    const sources = this.#options.sources(row);
    if ("reason" in sources) {
      this.#window.add(row, 0, sources.reason);
      return;
    }
    const slot = this.#window.add(row, sources.length);
    for (const [at, source] of sources.entries()) {
      if (source === "image") this.#unread.push({ slot, at, row });
      else this.#collect("text", { slot, at, item: { text: row.text! } });
    }
  }

  #collect(kind: "text" | "image", entry: Entry): void {
    const open = this.#open[kind];
    open.push(entry);
    if (open.length < this.#options.embedder.batchSize) return;
    this.#batches.push(open.splice(0));
  }

  /** Begins what can be begun, and writes what can be written. */
  #advance(): void {
    if (this.#failure === undefined) {
      this.#readImages();
      if (this.#ended || this.#window.full || this.#room.full) this.#closeBatches();
      this.#call();
      this.#armLinger();
    }
    // What is embedded is kept, whatever failed behind it.
    if (!this.#writing && !this.#untaken) void this.#write();
    this.#wake?.();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #readImages(): void {
    while (this.#unread.length > 0 && this.#room.free) {
      const { slot, at, row } = this.#unread.shift()!;
      this.#room.begin();
      void this.#readImage(slot, at, row);
    }
  }

  async #readImage(slot: Slot, at: number, row: Row): Promise<void> {
    try {
      const image = await row.image!();
      this.#room.hold(image.length);
      this.#collect("image", { slot, at, item: { image } });
    } catch (error) {
      if (endsInput(error)) this.#fail(error);
      else settle(slot, at, error instanceof Error ? error : new Error(String(error)));
    }
    this.#room.end();
    this.#advance();
  }

  /**
   * Makes batches of what is there, if nothing else can go on without: a call that ends, or an
   * image that is being read, makes room or more to put in.
   */
  #closeBatches(): void {
    if (!this.#ended && (this.#calls > 0 || this.#batches.length > 0)) return;
    const { text, image } = this.#open;
    if (text.length > 0) this.#batches.push(text.splice(0));
    const more = this.#room.reading > 0 || this.#unread.length > 0 && !this.#room.full;
    if (image.length > 0 && !more) this.#batches.push(image.splice(0));
  }

  #call(): void {
    while (this.#batches.length > 0 && this.#calls < this.#options.embedder.inFlight) {
      const batch = this.#batches.shift()!;
      this.#calls++;
      this.#furthest = Math.max(this.#furthest, batch.at(-1)!.slot.index);
      void this.#embed(batch);
    }
  }

  async #embed(batch: readonly Entry[]): Promise<void> {
    try {
      const items = batch.map(({ item }) => item);
      const outcomes = await this.#options.embedder.encode(items, this.#failed.signal);
      if (outcomes.length !== batch.length) {
        throw new ClipError(
          "backend",
          `${batch.length} items were embedded, and ${outcomes.length} answers came`,
        );
      }
      for (const [i, { slot, at }] of batch.entries()) settle(slot, at, outcomes[i]!);
    } catch (error) {
      this.#fail(error);
    }
    for (const { item } of batch) {
      if ("image" in item) this.#room.release(item.image.length);
    }
    this.#calls--;
    this.#advance();
  }

  /** A batch that is not full goes after a while, if the embedder stands still. */
  #armLinger(): void {
    if (this.#linger !== undefined || this.#ended) return;
    if (this.#calls > 0 || this.#open.text.length + this.#open.image.length === 0) return;
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      this.#closeBatches();
      this.#advance();
    }, LINGER_MS);
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      for (let next; (next = this.#window.next()) !== undefined;) {
        const writing = this.#options.take(next);
        if (writing !== undefined) await writing;
      }
    } catch (error) {
      this.#untaken = true;
      this.#fail(error);
    }
    this.#writing = false;
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#failed.abort(error);
    this.#enough.abort(error);
    this.#wake?.();
  }

  /** The signal fired: rows of which nothing has begun are left, and those before them finished. */
  #stop(): void {
    this.#ended = true;
    const begun = ({ slot }: { slot: Slot }) => slot.index <= this.#furthest;
    this.#unread = this.#unread.filter(begun);
    this.#batches = [...this.#batches, this.#open.text.splice(0), this.#open.image.splice(0)]
      .map((batch) => batch.filter(begun)).filter((batch) => batch.length > 0);
    this.#enough.abort(this.#options.signal.reason);
    this.#advance();
  }
}

/** What came of one thing of a row. */
function settle(slot: Slot, at: number, outcome: Float32Array | Error): void {
  slot.missing--;
  if (outcome instanceof Error) slot.reason ??= outcome.message;
  else slot.vectors[at] = outcome;
}
