/**
 * Pictures on their way into the index: in batches, the next one made ready while one is sent, so
 * that thousands of them need no more memory than a few. Stopped or failed, it goes on where it was.
 */
import { asFailure } from "./failure.js";
import { Rate } from "./rate.js";

/** @typedef {import("./failure.js").Failure} Failure */
/** @typedef {import("./folder.js").Source} Source */
/** @typedef {import("./picture_document.js").Prepared} Prepared */

/**
 * Sends a batch; resolves with the failures of those that are not in the index, by id. It rejects with
 * what has nothing to do with the pictures: no answer, the key, the address.
 * @typedef {(batch: Prepared[], signal: AbortSignal) => Promise<Map<string, Failure>>} Post
 */

/** Pictures of a request: few enough that progress is seen, many enough to fill a minibatch. */
const BATCH = 16;
const BATCH_BYTES = 8 * 2 ** 20;
/** Pictures that are decoded at once: a photograph takes some 50 MB while it is. */
const AT_ONCE = 4;
/** So many pictures refused one after the other are not the pictures' fault. */
const REFUSED_IN_A_ROW = 20;
/** Failures that are kept to be shown. */
const MAX_FAILURES = 500;

/** Fires "change" when its figures have, and "end" when nothing is left to do. */
export class Upload extends EventTarget {
  #prepare;
  #post;
  /** @type {Source[]} */
  #waiting = [];
  /** @type {AbortController | undefined} */
  #running;
  /** Contents that are in the index. @type {Set<string>} */
  #ids = new Set();
  #refusedInARow = 0;
  #rate = new Rate();
  total = 0;
  /** Those that are in the index, and those that will not be. */
  done = 0;
  failed = 0;
  /** Files that are no pictures. */
  skipped = 0;
  /** Pictures whose content came before. */
  same = 0;
  /** The first of those that failed. @type {{ name: string, reason: string }[]} */
  failures = [];
  /** Folders that are being looked through. */
  looking = 0;
  /** Why it stands still. @type {Failure | "stopped" | undefined} */
  halted;

  /**
   * @param {(source: Source) => Promise<Prepared>} prepare
   * @param {Post} post
   */
  constructor(prepare, post) {
    super();
    this.#prepare = prepare;
    this.#post = post;
  }

  /** Whether there is something to be done yet. */
  get unfinished() {
    return this.looking > 0 || this.done < this.total;
  }

  /** Whether a request is under way. */
  get running() {
    return this.#running !== undefined;
  }

  /** Pictures a second, lately; 0 if it is not known. */
  get rate() {
    return this.#rate.perSecond;
  }

  /**
   * Takes pictures as they are found; `undefined` is a file that is none.
   * @param {AsyncIterable<Source | undefined>} sources
   */
  async take(sources) {
    if (!this.unfinished) this.#reset();
    this.looking++;
    this.#changed();
    try {
      for await (const source of sources) {
        if (source === undefined) {
          this.skipped++;
          continue;
        }
        this.#waiting.push(source);
        this.total++;
        this.#start();
      }
    } catch (thrown) {
      // What was found before is sent all the same.
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      this.#fail({ folder: "", name: "a folder that cannot be read" }, reason);
    }
    this.looking--;
    this.#changed();
    this.#endIfDone();
  }

  stop() {
    this.halted = "stopped";
    this.#running?.abort(new DOMException("Stopped", "AbortError"));
    this.#changed();
  }

  goOn() {
    this.halted = undefined;
    this.#start();
    this.#changed();
  }

  /** Leaves out what has not been sent. Only while nothing is under way. */
  leaveOut() {
    this.#waiting = [];
    this.total = this.done;
    this.halted = undefined;
    this.#changed();
    this.#endIfDone();
  }

  #reset() {
    this.total =
      this.done =
      this.failed =
      this.skipped =
      this.same =
        0;
    this.failures = [];
    this.halted = undefined;
    this.#ids.clear();
  }

  #start() {
    if (!this.#running && this.halted === undefined && this.#waiting.length > 0) void this.#run();
  }

  async #run() {
    const running = this.#running = new AbortController();
    const { signal } = running;
    this.#refusedInARow = 0;
    this.#rate = new Rate();
    this.#rate.mark(this.done);
    /** @type {Prepared[]} */
    let inHand = [];
    let ahead = this.#ready();
    try {
      for (;;) {
        inHand = await ahead;
        signal.throwIfAborted();
        if (inHand.length === 0) break;
        ahead = this.#ready();
        for (const group of this.#groups(inHand)) await this.#send(group, signal);
      }
    } catch (thrown) {
      if (!signal.aborted) this.halted = asFailure(thrown);
    }
    const unsent = [...inHand.filter(({ settled }) => !settled), ...await ahead];
    this.#waiting.unshift(...new Set(unsent.map(({ source }) => source)));
    this.#running = undefined;
    // More may have come, or the visitor may have gone on, meanwhile.
    this.#start();
    this.#changed();
    this.#endIfDone();
  }

  /** Takes pictures out of the queue and makes them ready. */
  async #ready() {
    const sources = this.#waiting.splice(0, BATCH);
    /** @type {Prepared[]} */
    const ready = [];
    for (let i = 0; i < sources.length; i += AT_ONCE) {
      ready.push(...await Promise.all(sources.slice(i, i + AT_ONCE).map(this.#prepare)));
    }
    return ready;
  }

  /**
   * Those that can be sent, in requests of bounded size; the others are counted.
   * @param {Prepared[]} prepared
   * @returns {Generator<Prepared[]>}
   */
  *#groups(prepared) {
    /** @type {Prepared[]} */
    let group = [];
    let bytes = 0;
    for (const each of prepared) {
      if (each.failure !== "" || this.#ids.has(each.picture.id)) {
        if (each.failure === "") this.same++;
        this.#settle(each, each.failure);
        continue;
      }
      if (group.length > 0 && bytes + each.bytes > BATCH_BYTES) {
        yield group;
        [group, bytes] = [[], 0];
      }
      // Only now: if the request before it fails, it is not sent.
      this.#ids.add(each.picture.id);
      group.push(each);
      bytes += each.bytes;
    }
    if (group.length > 0) yield group;
    this.#changed();
  }

  /**
   * @param {Prepared[]} batch
   * @param {AbortSignal} signal
   */
  async #send(batch, signal) {
    try {
      const refused = await this.#post(batch, signal);
      for (const each of batch) {
        const failure = refused.get(each.picture.id);
        // A picture that cannot be read is that picture's fault.
        const doubtful = failure !== undefined && failure.kind !== "document";
        this.#refusedInARow = doubtful ? this.#refusedInARow + 1 : 0;
        if (failure && this.#refusedInARow === REFUSED_IN_A_ROW) throw failure;
        this.#settle(each, failure?.detail ?? "");
      }
    } catch (thrown) {
      for (const { picture, settled } of batch) if (!settled) this.#ids.delete(picture.id);
      throw thrown;
    }
    this.#rate.mark(this.done);
    this.#changed();
  }

  /**
   * @param {Prepared} prepared
   * @param {string} failure "" if there is none
   */
  #settle(prepared, failure) {
    prepared.settled = true;
    this.done++;
    if (failure !== "") this.#fail(prepared.source, failure);
  }

  /**
   * @param {{ folder: string, name: string }} source
   * @param {string} reason
   */
  #fail({ folder, name }, reason) {
    this.failed++;
    if (this.failures.length === MAX_FAILURES) return;
    this.failures.push({ name: folder === "" ? name : `${folder}/${name}`, reason });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #endIfDone() {
    if (!this.unfinished && !this.running) this.dispatchEvent(new Event("end"));
  }
}
