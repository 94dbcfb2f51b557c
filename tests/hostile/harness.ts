/** Makes attacks one after the other, measures what an innocent client has of them, and judges. */
import { JsonProcess } from "../../bench/serving/json_process.ts";
import type { Holdings } from "../../bench/serving/growth.ts";
import type { Attack, Ground, Tally } from "./attack.ts";
import { Battlefield } from "./grounds.ts";
import type { ProbeSamples } from "./probe_step.ts";

const STEP = new URL("./attack_step.ts", import.meta.url);

/** Time between attacks in which the client is undisturbed, and of how many such it is judged. */
const QUIET_MS = 600;
const QUIET_TIMES = 6;
/** Time in which a new server becomes warm. */
const WARM_MS = 1500;
/** An attack is measured for so long at least, also if it is over at once. */
const LEAST_MS = 1500;
/** Time in which everything has to become as it was. */
const SETTLE_MS = 10_000;
const SAMPLE_MS = 50;

/** Bounds of the judgement. */
const MOST_RATIO = 3;
/**
 * Quicker than this an undisturbed client is not taken to be, in ms: on machines with other guests
 * every second or so somebody waits for a processor, whoever attacks whom.
 */
const FLOOR_MS = { texts: 50, pictures: 80 };
/** A stall of the server's own is there each time, one of the machine's is not. */
const ATTEMPTS = 3;
const MOST_RSS_MIB = 1536;
/** What V8 and the allocator may keep of an attack, in MiB. */
const MOST_KEPT_MIB = 400;
const MOST_DESCRIPTORS_LEFT = 4;
const MOST_THREADS_LEFT = 4;
/** Of all the client's requests, this part may fail: 1 % is in nobody's p99. */
const MOST_FAILED = 0.01;

/** Median and 99th percentile in ms; what failed counts as endless. */
export interface Quantiles {
  p50: number;
  p99: number;
}

/** One attack, measured and judged. */
export interface Report {
  name: string;
  tally: Tally;
  seconds: number;
  texts: { before: Quantiles; during: Quantiles };
  pictures: { before: Quantiles; during: Quantiles };
  failures: Record<string, number>;
  rssMaxMiB: number;
  before: Holdings;
  after: Holdings;
  /** Empty: the attack was borne. */
  faults: string[];
}

/** The quantiles of sorted or unsorted times, with `failed` that took forever. */
export function quantiles(times: readonly number[], failed = 0): Quantiles {
  const sorted = times.toSorted((a, b) => a - b);
  const total = sorted.length + failed;
  const at = (share: number) => sorted[Math.min(total - 1, Math.floor(share * total))] ?? Infinity;
  return total === 0 ? { p50: NaN, p99: NaN } : { p50: at(0.5), p99: at(0.99) };
}

/** The servers, their clients and the attackers; `await using` ends them. */
export class Harness {
  readonly #full: boolean;
  readonly #fields = new Map<Ground, Battlefield>();
  /** What the client measured between attacks, the last times. */
  #quiet: ProbeSamples[] = [];
  // Attackers have machines of their own in life: here they get what the others leave.
  readonly #attackers = new JsonProcess([
    "nice",
    "-n",
    "19",
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    STEP.href,
  ]);

  constructor(full: boolean) {
    this.#full = full;
  }

  /** Makes an attack, until it is borne or has been made often enough; the last time counts. */
  async judge(attack: Attack): Promise<Report> {
    const before: string[] = [];
    for (let attempt = 1;; attempt++) {
      const report = await this.#make(attack);
      if (report.faults.length === 0) return report;
      if (attempt === ATTEMPTS) {
        report.faults.push(...before.map((faults, i) => `(${i + 1}. time: ${faults})`));
        return report;
      }
      before.push(report.faults.join("; "));
    }
  }

  async #make(attack: Attack): Promise<Report> {
    const field = await this.#field(attack.ground ?? "plain");
    const { served } = field;
    await field.samples();
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    this.#quiet.push(await field.samples());
    this.#quiet = this.#quiet.slice(-QUIET_TIMES);
    const quiet = this.#quiet;
    const before = served.holds();
    let rssMaxMiB = before.residentMiB;
    let dead = false;
    const sampler = setInterval(() => {
      try {
        rssMaxMiB = Math.max(rssMaxMiB, served.holds().residentMiB);
      } catch {
        dead = true;
      }
    }, SAMPLE_MS);
    const began = performance.now();
    const [tally] = await Promise.all([
      this.#attackers.ask<Tally>({ name: attack.name, target: field.target, full: this.#full }),
      new Promise((resolve) => setTimeout(resolve, LEAST_MS)),
    ]);
    const seconds = (performance.now() - began) / 1000;
    const under = await field.samples();
    clearInterval(sampler);
    const faults = dead ? ["the process died"] : await this.#afterwards(field, before);
    const after = dead ? before : served.holds();
    // The next attack is not judged by what this one has left.
    const unfit = faults.length > 0;
    const report: Report = {
      name: attack.name,
      tally,
      seconds,
      texts: compare(quiet, under, "textsMs"),
      pictures: compare(quiet, under, "picturesMs"),
      failures: under.failures,
      rssMaxMiB,
      before,
      after,
      faults,
    };
    if (attack.excused === undefined) faults.unshift(...judgeClient(report, quiet, under));
    if (rssMaxMiB > MOST_RSS_MIB) faults.push(`${Math.round(rssMaxMiB)} MiB resident`);
    for (const outcome of Object.keys(tally.outcomes)) {
      if (outcome.startsWith("attacker: ")) faults.push(outcome);
    }
    if (unfit) {
      const why = await field.stop();
      if (why !== undefined && !dead) faults.push(why);
      this.#fields.delete(attack.ground ?? "plain");
    }
    return report;
  }

  /** What is not as before, once it has had time to become so. */
  async #afterwards({ served }: Battlefield, before: Holdings): Promise<string[]> {
    let faults: string[] = [];
    // The client that measures itself has something inside now and then, but not always.
    const least: Record<string, number> = {};
    for (const deadline = performance.now() + SETTLE_MS; performance.now() < deadline;) {
      const after = served.holds();
      for (const [name, value] of Object.entries(await served.leftovers())) {
        least[name] = Math.min(least[name] ?? Infinity, value);
      }
      faults = [
        Object.values(least).some((value) => value !== 0) &&
        `left inside: ${JSON.stringify(least)}`,
        after.descriptors > before.descriptors + MOST_DESCRIPTORS_LEFT &&
        `${after.descriptors - before.descriptors} descriptors are left`,
        after.threads > before.threads + MOST_THREADS_LEFT &&
        `${after.threads - before.threads} threads are left`,
        after.residentMiB > before.residentMiB + MOST_KEPT_MIB &&
        `${Math.round(after.residentMiB - before.residentMiB)} MiB are kept`,
      ].filter((fault) => fault !== false);
      if (faults.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    const uncaught = gauge(await served.page(), "clipline_uncaught_errors_total");
    if (uncaught !== 0) faults.push(`${uncaught} uncaught errors`);
    return faults;
  }

  async #field(ground: Ground): Promise<Battlefield> {
    let field = this.#fields.get(ground);
    if (field === undefined) {
      // One at a time: they would compete for the processor.
      await this.#stopFields();
      field = await Battlefield.start(ground);
      this.#fields.set(ground, field);
      this.#quiet = [];
      // Code is compiled and caches are filled by the first requests.
      await new Promise((resolve) => setTimeout(resolve, WARM_MS));
    }
    return field;
  }

  async #stopFields(): Promise<string[]> {
    const said = [];
    for (const [ground, field] of this.#fields) {
      const why = await field.stop();
      if (why !== undefined) said.push(`${ground}: ${why}`);
    }
    this.#fields.clear();
    return said;
  }

  /** Ends everything. @throws {Error} if a server did not end in order */
  async [Symbol.asyncDispose](): Promise<void> {
    // Connections of theirs may be open still, which would keep them alive.
    this.#attackers.kill();
    await this.#attackers.close();
    const said = await this.#stopFields();
    if (said.length > 0) throw new Error(said.join("; "));
  }
}

/** Sum of a metric's samples; undefined if it is not on the page. */
function gauge(page: string, name: string): number | undefined {
  const lines = page.split("\n").filter((line) => /^[a-z_]+/.exec(line)?.[0] === name);
  if (lines.length === 0) return undefined;
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

function compare(
  quiet: readonly ProbeSamples[],
  under: ProbeSamples,
  kind: "textsMs" | "picturesMs",
) {
  const { p50 } = quantiles(quiet.flatMap((one) => one[kind]));
  // Of several times the one in the middle: a stall of the machine makes no attack bearable.
  const each = quiet.map((one) => quantiles(one[kind]).p99).sort((a, b) => a - b);
  return { before: { p50, p99: each[each.length >> 1]! }, during: quantiles(under[kind]) };
}

function judgeClient(
  { texts, pictures }: Report,
  quiet: readonly ProbeSamples[],
  under: ProbeSamples,
) {
  const faults: string[] = [];
  for (const [name, { before, during }] of Object.entries({ texts, pictures })) {
    const most = MOST_RATIO * Math.max(before.p99, FLOOR_MS[name as keyof typeof FLOOR_MS]);
    if (!(during.p99 <= most)) {
      faults.push(
        `p99 of ${name} ${Math.round(during.p99)} ms, undisturbed ${Math.round(before.p99)} ms`,
      );
    }
  }
  const failed = Object.values(under.failures).reduce((sum, count) => sum + count, 0);
  const total = failed + under.textsMs.length + under.picturesMs.length;
  if (!(failed <= MOST_FAILED * total)) {
    faults.push(`${failed} of ${total} requests failed: ${JSON.stringify(under.failures)}`);
  }
  const early = quiet.flatMap(({ failures }) => Object.keys(failures));
  if (early.length > 0) faults.push(`undisturbed requests failed: ${early.join(", ")}`);
  return faults;
}
