// deno-lint-ignore-file no-console -- a command-line program
/**
 * What gathering texts in other ways would bring, simulated: one replica, clients that each send
 * their next request when they are answered, real captions' lengths.
 *
 *     deno run -A bench/gathering.ts
 *
 * The engine's way (`chooseTextBatch`) is set beside minibatches in the order of arrival, and beside
 * a replica that waits a while for the clients it has just answered instead of starting at once.
 * A run costs `RUN_TOKENS` and its tokens, padding included.
 */
import { chooseTextBatch } from "../src/dispatch/text_batch.ts";
import { Tokenizer } from "../src/model/tokenizer/tokenizer.ts";
import { Work } from "./serving/work.ts";

/** Cost of a run before its first token, in tokens, and of a token: ViT-B/32 on a CPU. */
const RUN_TOKENS = 11;
const TOKEN_MS = 0.4;

/** From an answer to the client's next text being prepared, and what each answer takes before. */
const TURNAROUND_MS = 2;
const ANSWER_MS = 0.3;

const LIMITS = { minibatchSize: 32, tokenBudget: 32 * 77 };
const TEXTS = 20_000;

interface Text {
  length: number;
  client: number;
}

interface Policy {
  name: string;
  choose: (waiting: readonly Text[]) => { chosen: readonly Text[]; full: boolean };
  /** Milliseconds that an idle replica waits for more. */
  waitMs: number;
}

const alike: Policy["choose"] = (waiting) => chooseTextBatch(waiting, LIMITS);
const inOrder: Policy["choose"] = (waiting) => ({
  chosen: waiting.slice(0, LIMITS.minibatchSize),
  full: waiting.length >= LIMITS.minibatchSize,
});

const POLICIES: readonly Policy[] = [
  { name: "the engine's: alike in length, at once", choose: alike, waitMs: 0 },
  ...[2, 5, 10].map((waitMs) => ({ name: `alike, after ${waitMs} ms`, choose: alike, waitMs })),
  { name: "in the order of arrival", choose: inOrder, waitMs: 0 },
];

/** What came of a policy. */
interface Outcome {
  minibatch: number;
  padding: number;
  /** Session's milliseconds a text. */
  cost: number;
  perSecond: number;
}

function simulate(policy: Policy, clients: number, batch: number, lengths: number[]): Outcome {
  const arrivals: { at: number; client: number }[] = [];
  for (let client = 0; client < clients; client++) arrivals.push({ at: client * 0.1, client });
  const missing = new Array<number>(clients).fill(0);
  let waiting: Text[] = [];
  let ahead: readonly Text[] | undefined;
  let running: { texts: readonly Text[]; end: number } | undefined;
  let [now, idleSince, answered, next] = [0, 0, 0, 0];
  let [served, runs, busy, useful, tokens] = [0, 0, 0, 0, 0];

  const take = (onlyFull: boolean) => {
    const { chosen, full } = policy.choose(waiting);
    if (onlyFull && !full) return undefined;
    const gone = new Set(chosen);
    waiting = waiting.filter((text) => !gone.has(text));
    return chosen;
  };
  const start = (texts: readonly Text[]) => {
    const padded = texts.length * Math.max(...texts.map(({ length }) => length));
    const ms = (RUN_TOKENS + padded) * TOKEN_MS;
    running = { texts, end: now + ms };
    runs++;
    busy += ms;
    tokens += padded;
    useful += texts.reduce((sum, { length }) => sum + length, 0);
  };

  while (served < TEXTS) {
    const startAt = !running && waiting.length > 0 ? idleSince + policy.waitMs : Infinity;
    const arriveAt = arrivals[0]?.at ?? Infinity;
    const endAt = running?.end ?? Infinity;
    now = Math.max(now, Math.min(startAt, arriveAt, endAt));
    if (arriveAt <= now) {
      const { client } = arrivals.shift()!;
      for (let i = 0; i < batch; i++) {
        waiting.push({ length: lengths[next++ % lengths.length]!, client });
      }
      missing[client] = batch;
    } else if (endAt <= now) {
      const { texts } = running!;
      running = undefined;
      idleSince = now;
      answered = Math.max(now, answered);
      for (const { client } of texts) {
        served++;
        if (--missing[client]! > 0) continue;
        answered += ANSWER_MS;
        arrivals.push({ at: answered + TURNAROUND_MS, client });
      }
      arrivals.sort((a, b) => a.at - b.at);
      if (ahead) start(ahead);
      ahead = undefined;
    }
    const everybody = waiting.length >= clients * batch;
    if (!running && waiting.length > 0 && (everybody || now >= idleSince + policy.waitMs)) {
      start(take(false)!);
    }
    if (running && !ahead && waiting.length > 0) ahead = take(true);
  }
  return {
    minibatch: served / runs,
    padding: 1 - useful / tokens,
    cost: busy / served,
    perSecond: 1000 * served / now,
  };
}

if (import.meta.main) {
  const work = await Work.make();
  const tokenizer = new Tokenizer();
  const ids = new Int32Array(77);
  const lengths = Array.from(
    { length: 6000 },
    (_, i) => tokenizer.encodeInto(work.text(i), ids, 0),
  );
  console.log("| Clients | Gathered | Minibatch | Padding | Session's time a text | Texts/s |");
  console.log("| --- | --- | --: | --: | --: | --: |");
  for (const [clients, batch] of [[64, 1], [8, 32]] as const) {
    const base = simulate(POLICIES[0]!, clients, batch, lengths);
    for (const policy of POLICIES) {
      const { minibatch, padding, cost, perSecond } = simulate(policy, clients, batch, lengths);
      const cells = [
        `${clients} × ${batch}`,
        policy.name,
        minibatch.toFixed(1),
        `${(100 * padding).toFixed(0)} %`,
        (cost / base.cost).toFixed(2),
        (perSecond / base.perSecond).toFixed(2),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}
