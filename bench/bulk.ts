// deno-lint-ignore-file no-console -- a command-line program
/**
 * What a long job costs: captions from a file and JPEGs from a folder by `encode`, in its own process
 * and by a server on the same machine, over the bare session's time for the same inputs, and beside
 * open_clip in a loop. ViT-B/32's shapes with seeded random weights, the same file for all; rounds
 * take turns.
 *
 *     deno task bench:bulk [--captions 20000] [--images 2000] [--rounds 2] [--peer-share 0.1]
 *                          [--only captions|photos] [--without-peer] [--python python3.11] [--write]
 *
 * open_clip embeds `--peer-share` of each round's inputs. Its Python environment is the one of
 * bench/peers.ts, of which it installs the part that it needs (6 GB). `--write` puts the table into
 * docs/performance.md.
 */
import { availableParallelism, cpus, homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runtimeVersion } from "../src/runtime/session.ts";
import {
  type Contestant,
  encodeByServer,
  encodeHere,
  openBare,
  openLoop,
} from "./bulk/contestants.ts";
import { type Kind, writeSlices } from "./bulk/inputs.ts";
import { firstRow } from "./bulk/first_row.ts";
import { bulkTable, Tally } from "./bulk/table.ts";
import { cosineDistance } from "./embedding.ts";
import { writeMeasured } from "./page.ts";
import { Environments } from "./peers/environment.ts";
import { benchModel } from "./serving/model.ts";

const PAGE = new URL("../docs/performance.md", import.meta.url);
/** Of open_clip's loop: larger ones are no quicker on a CPU. */
const PEER_BATCH = 32;
/** Inputs of the round before the first, which warms those up that stay. */
const WARM_UP = 64;
/** Further than float noise and other decoders put the same model's embeddings apart. */
const MOST_DISTANCE = 1e-3;

const log = (text: string) => console.error(text);

const { values } = parseArgs({
  options: {
    captions: { type: "string", default: "20000" },
    images: { type: "string", default: "2000" },
    rounds: { type: "string", default: "2" },
    "peer-share": { type: "string", default: "0.1" },
    only: { type: "string" },
    "without-peer": { type: "boolean", default: false },
    python: { type: "string", default: "python3.11" },
    write: { type: "boolean", default: false },
  },
});

const model = await benchModel();
const threads = availableParallelism();
const folder = await Deno.makeTempDir({ prefix: "clipline-bulk-" });
const inputs = join(tmpdir(), "clipline-bulk-bench");
const rounds = Number(values.rounds);
const kinds = (["captions", "photos"] as const).filter((kind) =>
  values.only === undefined || kind === values.only
);

async function openPeer(): Promise<Contestant> {
  const root = Deno.env.get("CLIPLINE_PEERS") ?? join(homedir(), ".cache", "clipline-peers");
  const environments = await Environments.install(root, values.python, log, ["torch", "infinity"]);
  const python = environments.program("infinity", "python");
  const script = fileURLToPath(new URL("./bulk/python/open_clip_job.py", import.meta.url));
  return openLoop({
    command: [python, "-W", "ignore", script, model.checkpoint],
    env: { HF_HUB_OFFLINE: "1" },
    batch: PEER_BATCH,
    workers: threads,
    share: Number(values["peer-share"]),
  }, folder);
}

async function commit(): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: ["rev-parse", "--short", "HEAD"],
    stderr: "null",
  }).output().catch(() => ({ stdout: new Uint8Array() }));
  return new TextDecoder().decode(stdout).trim() || "unknown";
}

async function conditions(): Promise<string> {
  const load = Deno.loadavg().map((value) => value.toFixed(1)).join(", ");
  return `${cpus()[0]?.model ?? "unknown CPU"}, ${threads} cores; load of the machine at the end ` +
    `(1, 5, 15 minutes) ${load}. Deno ${Deno.version.deno}, ONNX Runtime ${runtimeVersion()}, ` +
    `commit ${await commit()}, ${new Date().toISOString().slice(0, 10)}. Command: ` +
    `\`deno task bench:bulk ${Deno.args.join(" ")}`.trimEnd() + "`";
}

/**
 * Small jobs first: what each embeds is compared, and what a program costs that is started for a job.
 * @returns CPU seconds of such a start.
 * @throws {Error} if someone embeds otherwise: then it runs another model.
 */
async function warmUp(
  contestants: readonly Contestant[],
  kind: Kind,
): Promise<Map<string, number>> {
  const [many] = await writeSlices(inputs, kind, { count: WARM_UP, rounds: 1 });
  const [one] = await writeSlices(inputs, kind, { count: 1, rounds: 1 });
  const starts = new Map<string, number>();
  let expected: Float32Array | undefined;
  for (const contestant of contestants) {
    await contestant.run(kind, many!);
    const { cpuSeconds, wholeSeconds } = await contestant.run(kind, one!);
    if (wholeSeconds !== undefined) starts.set(contestant.name, cpuSeconds);
    if (contestant.matrix === undefined) continue;
    const row = await firstRow(contestant.matrix);
    expected ??= row;
    const distance = cosineDistance(row, expected);
    if (distance < MOST_DISTANCE) continue;
    throw new Error(`${contestant.name} embeds ${kind} otherwise: ${distance}`);
  }
  return starts;
}

async function measure(contestants: readonly Contestant[]): Promise<string> {
  const tallies = new Map(contestants.map(({ name }) => [name, {} as Record<Kind, Tally>]));
  for (const kind of kinds) {
    const starts = await warmUp(contestants, kind);
    const count = Number(kind === "captions" ? values.captions : values.images);
    for (const [round, slice] of (await writeSlices(inputs, kind, { count, rounds })).entries()) {
      for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
        const taken = await contestant.run(kind, slice);
        taken.cpuSeconds -= starts.get(contestant.name) ?? 0;
        const tally = tallies.get(contestant.name)![kind] ??= new Tally();
        tally.add(taken);
        log(
          `${kind}, round ${round + 1}, ${contestant.name}: ` +
            `${(taken.items / taken.seconds).toFixed(1)}/s, ` +
            `${(1000 * taken.cpuSeconds / taken.items).toFixed(1)} CPU s a thousand`,
        );
      }
    }
  }
  return bulkTable(tallies);
}

const contestants: Contestant[] = [];
try {
  contestants.push(await openBare(model, threads));
  contestants.push(await encodeHere(model, folder));
  contestants.push(await encodeByServer(model, folder));
  if (!values["without-peer"]) contestants.push(await openPeer());
  const text = `${await measure(contestants)}\n\n${await conditions()}`;
  console.log(text);
  if (values.write) await writeMeasured(PAGE, "bulk", text);
} finally {
  for (const contestant of contestants) await contestant.close();
  await Deno.remove(folder, { recursive: true });
}
