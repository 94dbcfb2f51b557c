/** The server's state, asked for again and again while the page is looked at. */
import { openKeyForm } from "./api_key.js";
import { byId, h } from "./dom.js";
import { asFailure } from "./failure.js";
import { serverStatus } from "./server_status.js";

const POLL_MS = 1000;
const RETRY_MS = 4000;
const TIMEOUT_MS = 8000;
/** Values of the sparkline, one a second. */
const HISTORY = 45;
const [WIDTH, HEIGHT] = [120, 28];

/** What is shown of the executor, by name. */
const FACTS = ["model", "runtime", "provider", "replicas", "queue", "throughput"];

/**
 * An index, as the server tells of it.
 * @typedef {object} IndexerStatus
 * @property {string} name
 * @property {string} encoder
 * @property {string} engine
 * @property {number | null} documents null while it does not tell
 * @property {number | null} pending
 * @property {string} [error] why it does not tell
 * @property {number} dimensions
 * @property {string} metric
 * @property {Record<string, string>} columns types by name
 */

/**
 * Fires "model" when another model answers than before, "ready" when the server is again, and
 * "indexer" when it is known whether there is an index, and when that has changed.
 */
export class ServerPanel extends EventTarget {
  /** The executor that is used; "" before the first answer. */
  executor = "";
  /** Its index. @type {IndexerStatus | undefined} */
  indexer;
  /** Whether it is known what the server has: it has answered, or does not. */
  known = false;
  #several = false;
  /** Stands for the running model: embeddings of another one do not compare with its own. */
  #identity = "";
  /** @type {{ at: number, items: number } | undefined} */
  #before;
  /** @type {number[]} */
  #rates = [];
  #choice = byId("executor", HTMLSelectElement);

  constructor() {
    super();
    this.#choice.addEventListener("change", () => {
      this.executor = this.#choice.value;
      this.#before = undefined;
      this.#rates = [];
      void this.ask();
    });
    openKeyForm(() => void this.ask());
    void this.#poll();
  }

  /**
   * Parameters that choose the executor, where there is a choice.
   * @returns {Record<string, string>}
   */
  get parameters() {
    return this.#several ? { model_name: this.executor } : {};
  }

  async #poll() {
    for (;;) {
      if (document.visibilityState === "hidden") await becameVisible();
      const fine = await this.ask();
      await new Promise((resolve) => setTimeout(resolve, fine ? POLL_MS : RETRY_MS));
    }
  }

  /** Asks the server now. @returns {Promise<boolean>} whether it answered */
  async ask() {
    try {
      this.#show(await serverStatus(AbortSignal.timeout(TIMEOUT_MS)));
      return true;
    } catch (thrown) {
      this.#state("bad", asFailure(thrown).title);
      this.#forgetFacts();
      if (!this.known) this.#index(undefined);
      return false;
    }
  }

  /** @param {any} answer */
  #show({ executors, indexers = [], jina }) {
    this.#offer(executors);
    const now = executors.find((/** @type {any} */ e) => e.name === this.executor) ?? executors[0];
    if (!now) return this.#state("warn", "Loading the model");
    this.executor = now.name;
    const { replicas_ready: ready, replicas, waiting, running, embedded } = now;
    if (ready === 0) this.#state("bad", "No replica");
    else if (ready < replicas) this.#state("warn", "Recovering");
    else this.#state("good", "Ready");
    fact("model", now.model, `${now.source ?? ""}, ${now.embedding_size} dimensions, ${now.dtype}`);
    fact("runtime", `${now.runtime} · ${now.dtype}`);
    fact("provider", now.provider, [now.device, now.passed_over].filter(Boolean).join("; "));
    fact(
      "replicas",
      `${ready} of ${replicas}`,
      `${now.replicas_busy} busy, ${now.restarts} restarts`,
    );
    const queued = waiting.text + waiting.image;
    fact("queue", running > 0 ? `${queued} + ${running} running` : String(queued));
    this.#throughput(embedded.text + embedded.image);
    this.#index(indexers.find((/** @type {any} */ i) => i.encoder === now.name));
    this.#recognise(`${jina?.uptime} ${now.name} ${now.model} ${now.embedding_size}`);
  }

  /** What was true of a server that answered says nothing of one that does not. */
  #forgetFacts() {
    for (const name of FACTS) {
      fact(name, "–");
      byId(`fact-${name}`, HTMLElement).removeAttribute("title");
    }
    this.#before = undefined;
    this.#rates = [];
    for (const path of byId("sparkline", SVGSVGElement).children) path.setAttribute("d", "");
  }

  /** @param {any[]} executors */
  #offer(executors) {
    this.#several = executors.length > 1;
    byId("executor-choice", HTMLElement).hidden = !this.#several;
    const names = executors.map(({ name }) => String(name));
    if (names.join() === [...this.#choice.options].map(({ value }) => value).join()) return;
    this.#choice.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
  }

  /** @param {number} items embedded since the server's start */
  #throughput(items) {
    const at = performance.now();
    const before = this.#before;
    this.#before = { at, items };
    if (!before || items < before.items) return;
    const rate = (items - before.items) / ((at - before.at) / 1000);
    this.#rates = [...this.#rates, rate].slice(-HISTORY);
    fact("throughput", `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} /s`);
    const { line, area } = sparkline(this.#rates);
    byId("sparkline", SVGSVGElement).querySelector(".line")?.setAttribute("d", line);
    byId("sparkline", SVGSVGElement).querySelector(".area")?.setAttribute("d", area);
  }

  /** @param {IndexerStatus | undefined} indexer */
  #index(indexer) {
    if (this.known && JSON.stringify(indexer) === JSON.stringify(this.indexer)) return;
    this.indexer = indexer;
    this.known = true;
    this.dispatchEvent(new Event("indexer"));
  }

  /** @param {string} identity */
  #recognise(identity) {
    const changed = this.#identity !== "" && this.#identity !== identity;
    this.#identity = identity;
    if (changed) this.dispatchEvent(new Event("model"));
  }

  /**
   * @param {"good" | "warn" | "bad"} kind
   * @param {string} text
   */
  #state(kind, text) {
    const { dataset } = byId("state", HTMLElement);
    if (kind === "good" && dataset["kind"] !== kind) this.dispatchEvent(new Event("ready"));
    dataset["kind"] = kind;
    const place = byId("state-text", HTMLElement);
    // Written only when it changes: it is read aloud each time.
    if (place.textContent !== text) place.textContent = text;
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [more] shown on hovering
 */
function fact(name, text, more) {
  const place = byId(`fact-${name}`, HTMLElement);
  if (place.textContent !== text) place.textContent = text;
  if (more) place.title = more;
}

/**
 * Paths of a line through values, newest at the right, and of the area below it.
 * @param {readonly number[]} values
 */
function sparkline(values) {
  const most = Math.max(1, ...values);
  const step = WIDTH / (HISTORY - 1);
  const left = WIDTH - (values.length - 1) * step;
  const points = values.map((value, i) => {
    const y = HEIGHT - 2 - (value / most) * (HEIGHT - 5);
    return `${(left + i * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${WIDTH} ${HEIGHT}L${left.toFixed(1)} ${HEIGHT}Z` };
}

/** @returns {Promise<void>} */
function becameVisible() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState === "hidden") return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}
