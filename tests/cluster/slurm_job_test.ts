/** The scripts of `export job slurm`, run by Slurm. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesOf } from "../bulk/job/read_output.ts";
import { exportJob } from "../support/exported_job.ts";
import { Program } from "../support/process.ts";
import { Slurm } from "../support/slurm.ts";
import { until } from "../support/until.ts";
import { assertSameFiles, JOB_FLOW, jobRows, runUndisturbed } from "./job_ground.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const SHARDS = 3;

Deno.test("an array of Slurm does a job while a task is preempted and another killed, and merges it", async () => {
  await using slurm = await Slurm.start();
  const folder = await Deno.makeTempDir();
  const path = (name: string) => join(folder, name);
  try {
    await Deno.writeTextFile(path("rows.txt"), jobRows(9_000));
    await Deno.writeTextFile(path("flow.yml"), JOB_FLOW);
    const encode = [path("rows.txt"), "--flow", "./flow.yml", "--rows-per-file", "500"];
    const to = ["--shards", String(SHARDS), "--to", "array"];
    const program = `${Deno.execPath()} run -A --no-check ${MAIN}`;
    const words = ["slurm", ...encode, "--out", "embedded", ...to, "--program", program];
    await exportJob([...words, "--memory", "1Gi", "--cpu", "1"], folder);

    const submitted = new Program([], {
      program: path("array/submit.sh"),
      words: [],
      env: slurm.variables,
    });
    assert.equal(await submitted.ended(), 0, submitted.stderr);
    const [, array, merge] = /job (\d+), merge: job (\d+)/.exec(submitted.stdout)!;
    const rows = (shard: number) => partThere(path(`embedded-shards/${shard}`));
    await until(() => rows(0), Boolean);
    await slurm.run("scontrol", "requeue", `${array}_0`);
    await until(() => rows(1), Boolean);
    Deno.kill(await processOf(path("embedded-shards/1")), "SIGKILL");
    // Slurm lets two minutes pass before it starts them again.
    for (const task of [`${array}_0`, `${array}_1`]) {
      await until(async () => (await slurm.states()).get(task), (state) => state === "PENDING");
      await slurm.run("scontrol", "update", `JobId=${task}`, "StartTime=now");
    }
    const done = async () => (await slurm.states()).get(merge!);
    const state = await until(
      done,
      (state) => state === undefined || /COMPLETED|FAILED|CANCELLED/.test(state),
    );
    assert.equal(state, "COMPLETED", await logs(path("array/logs")));

    const undisturbed = await runUndisturbed({ folder, encode, shards: SHARDS });
    assertSameFiles(await filesOf(path("embedded")), undisturbed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The process that writes to a folder. */
async function processOf(folder: string): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    const words = line.split("\0");
    if (words.includes("encode") && words.includes(folder)) return Number(name);
  }
  throw new Error(`nobody writes to ${folder}`);
}

async function partThere(folder: string): Promise<boolean> {
  return await Deno.stat(join(folder, "embeddings_0.npy")).then(() => true, () => false);
}

async function logs(folder: string): Promise<string> {
  const texts = [...await filesOf(folder)].map(([name, bytes]) =>
    `${name}:\n${new TextDecoder().decode(bytes)}`
  );
  return texts.join("\n");
}
