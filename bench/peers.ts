// deno-lint-ignore-file no-console -- a command-line program
/**
 * A side-by-side with the real peers, installed from PyPI: clip_server with both of its runtimes,
 * infinity, and open_clip in a plain loop. All have the same ViT-B/32 with random weights and the same
 * cores, run at the same time, and are loaded one after the other in rounds that take turns.
 *
 *     deno task bench:peers [--quick] [--write] [--minutes N] [--cores 0-3] [--python python3.11]
 *                           [--only NAME,...]
 *
 * Needs Python 3.11 and taskset. The first run installs 7 GB below `~/.cache/clipline-peers`
 * (`CLIPLINE_PEERS` names another folder). After that no round begins later than `--minutes` (22,
 * with `--quick` 5); what is not measured by then has a dash. `--only` leaves out contestants whose
 * names have none of these parts. `--write` puts the tables into docs/performance-peers.md. Ends with
 * code 1 if a contestant failed.
 */
import { availableParallelism, cpus, homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cosineDistance } from "./embedding.ts";
import { writeMeasured } from "./page.ts";
import { type Contestant, LOADS, Tally } from "./peers/contestant.ts";
import { Environments } from "./peers/environment.ts";
import { LoopContestant } from "./peers/loop_contestant.ts";
import { clipServer, type Ground, infinity, openClipLoop, ours } from "./peers/plans.ts";
import { ServerContestant } from "./peers/server_contestant.ts";
import { type Figures, figuresTable, targetsTable } from "./peers/table.ts";
import { peerWeights } from "./peers/weights.ts";
import { JsonProcess } from "./serving/json_process.ts";
import { benchModel } from "./serving/model.ts";

const PAGE = new URL("../docs/performance-peers.md", import.meta.url);
const CLIENT = new URL("./serving/client_step.ts", import.meta.url);

const FULL = { minutes: 22, seconds: 6, rounds: 4 };
const QUICK = { minutes: 5, seconds: 2, rounds: 1 };
/** Further than float noise and other decoders put the same model's embeddings apart. */
const MOST_DISTANCE = { fp32: 1e-3, int8: 0.1 };

/** A contestant under way, with what was seen of it. */
interface Entry extends Figures {
  contestant: Contestant;
  tallies: Map<string, Tally>;
  failed: boolean;
}

const log = (text: string) => console.error(text);

async function prepare(python: string, cores: string | undefined, folder: string): Promise<Ground> {
  const root = Deno.env.get("CLIPLINE_PEERS") ?? join(homedir(), ".cache", "clipline-peers");
  const environments = await Environments.install(root, python, log);
  // int8 is converted now, so that no start is measured with a conversion.
  await benchModel("ViT-B/32", "int8");
  const model = await benchModel();
  const weights = await peerWeights(root, model, environments, log);
  return { model, environments, weights, folder, ...(cores === undefined ? {} : { cores }) };
}

/** Starts of all contestants, by name, ours first. */
function starts(ground: Ground, clients: JsonProcess): Map<string, () => Promise<Contestant>> {
  const server = async (plan: Parameters<typeof ServerContestant.start>[0]) =>
    await ServerContestant.start(plan, clients);
  const { command, env } = openClipLoop(ground);
  return new Map<string, () => Promise<Contestant>>([
    ["clipline fp32", async () => server(await ours(ground, "fp32"))],
    ["clipline int8", async () => server(await ours(ground, "int8"))],
    ["infinity", () => server(infinity(ground))],
    ["clip_server torch", async () => server(await clipServer(ground, "torch"))],
    ["clip_server onnx", async () => server(await clipServer(ground, "onnx"))],
    ["open_clip", () => LoopContestant.start(command, env)],
  ]);
}

/** @throws {Error} if it does not embed as the first one does: then it does not run the same model. */
async function checkSame(entry: Contestant, first: Contestant): Promise<void> {
  for (const modality of ["text", "image"] as const) {
    const distance = cosineDistance(
      await entry.embed(modality),
      await first.embed(modality),
    );
    log(`${entry.name}: ${modality} ${distance.toExponential(1)} from ${first.name}'s`);
    const most = entry.name.endsWith("int8") ? MOST_DISTANCE.int8 : MOST_DISTANCE.fp32;
    if (distance > most) {
      throw new Error(`${entry.name} embeds ${modality}s otherwise: ${distance}`);
    }
  }
}

/**
 * Rounds of all loads within the time: each load gets its share of what is left. What the time does
 * not reach to is not measured.
 */
async function measure(
  entries: readonly Entry[],
  { seconds, rounds }: typeof FULL,
  deadline: number,
  failures: string[],
): Promise<void> {
  for (const [done, load] of LOADS.entries()) {
    const share = (deadline - performance.now()) / (LOADS.length - done);
    const until = performance.now() + share;
    let longest = 0;
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      if (round > 0 && began + longest > until) break;
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        if (entry.failed || performance.now() > deadline) continue;
        try {
          if (round === 0) await entry.contestant.round({ ...load, clients: 1 }, 0.1);
          const measured = await entry.contestant.round(load, seconds);
          const tally = entry.tallies.get(load.name) ?? new Tally();
          tally.add(measured);
          entry.tallies.set(load.name, tally);
          entry.peakMiB = Math.max(entry.peakMiB, entry.contestant.memoryMiB());
          log(
            `${load.name}, round ${round + 1}, ${entry.name}: ` +
              `${(1000 * measured.cpuSeconds / measured.items).toFixed(1)} CPU s a thousand, ` +
              `${(measured.items / measured.seconds).toFixed(1)} a second`,
          );
        } catch (error) {
          entry.failed = true;
          failures.push(`${entry.name}, ${load.name}: ${(error as Error).message}`);
          log(`FAILED: ${failures.at(-1)}`);
        }
      }
      longest = Math.max(longest, performance.now() - began);
    }
  }
}

function conditions(cores: string | undefined): string {
  const loads = Deno.loadavg().map((value) => value.toFixed(1)).join(", ");
  return `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, servers on ` +
    `${cores === undefined ? "all of them" : `cores ${cores}`}, clients anywhere; load of the ` +
    `machine at the end (1, 5, 15 minutes) ${loads}. Deno ${Deno.version.deno}, ` +
    `${new Date().toISOString().slice(0, 10)}. Command: \`deno task bench:peers ` +
    `${Deno.args.join(" ")}`.trimEnd() + "`";
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      minutes: { type: "string" },
      cores: { type: "string" },
      python: { type: "string", default: "python3.11" },
      only: { type: "string", default: "" },
    },
  });
  const durations = values.quick ? QUICK : FULL;
  const folder = await Deno.makeTempDir({ prefix: "clipline-peers-" });
  const ground = await prepare(values.python, values.cores, folder);
  const deadline = performance.now() + Number(values.minutes ?? durations.minutes) * 60_000;
  const clients = new JsonProcess(CLIENT);
  const running: Contestant[] = [];
  const entries: Entry[] = [];
  const failures: string[] = [];
  const only = values.only.split(",");
  try {
    for (const [key, start] of starts(ground, clients)) {
      if (!only.some((part) => key.includes(part))) continue;
      try {
        const contestant = await start();
        running.push(contestant);
        await checkSame(contestant, running[0]!);
        const { name, startSeconds } = contestant;
        const peakMiB = contestant.memoryMiB();
        entries.push({
          name,
          contestant,
          tallies: new Map(),
          failed: false,
          startSeconds,
          peakMiB,
        });
      } catch (error) {
        failures.push(`${key}: ${(error as Error).message}`);
        log(`FAILED: ${failures.at(-1)}`);
      }
    }
    await measure(entries, durations, deadline, failures);
  } finally {
    for (const contestant of running) await contestant.stop();
    await clients.close();
    await Deno.remove(folder, { recursive: true });
  }
  const failed = failures.map((failure) => `- Failed: ${failure.split("\n")[0]}`).join("\n");
  const text = [figuresTable(entries), targetsTable(entries), failed, conditions(values.cores)]
    .filter((part) => part !== "").join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, "peers", text);
  if (failures.length > 0) Deno.exitCode = 1;
}
