/** A job that is killed at any moment loses no row, and has none twice. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobSummary } from "../../../src/bulk/job/summary.ts";
import type { OutputFormat } from "../../../src/bulk/outputs/formats.ts";
import { Program } from "../../support/process.ts";
import { S3Server } from "../../support/s3_server.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { assertEveryRowOnce } from "./killed_job.ts";
import { filesOf, readNpyFolder } from "./read_output.ts";

const CHILD = fileURLToPath(new URL("job_child.ts", import.meta.url));

/** What a killed process ends with. */
const KILLED = 128 + 9;

interface ChildJob {
  folder: string;
  rows: number;
  format: OutputFormat;
  rowsPerFile: number;
}

function startChild(job: ChildJob, env: Record<string, string>): Program {
  const { folder, rows, format, rowsPerFile } = job;
  return new Program([folder, String(rows), format, String(rowsPerFile)], {
    words: ["run", "-A", "--no-check", CHILD],
    env,
  });
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await work(join(parent, "out"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

for (const format of ["npy", "jsonl", "parquet", "clip-retrieval"] as const) {
  const name =
    `a job that dies wherever it touches the disk writes what one does that lives: ${format}`;
  Deno.test(name, () =>
    withFolder(async (folder) => {
      const job = { folder, rows: 150, format, rowsPerFile: 50 };
      const undisturbed = { ...job, folder: `${folder}-undisturbed` };
      assert.equal(await startChild(undisturbed, {}).ended(), 0);
      const expected = await filesOf(undisturbed.folder);
      const random = seededRandom(format.length);
      let deaths = 0;
      // Later and later, and again where it is then.
      for (let at = 1; at <= 61; at += 8) {
        await Deno.remove(folder, { recursive: true }).catch(() => {});
        for (const dieAt of [at, 1 + random.below(30), Infinity]) {
          const child = startChild(job, { DIE_AT: String(dieAt) });
          const code = await child.ended();
          if (code === KILLED) deaths++;
          else assert.equal(code, 0, child.stderr);
        }
        const written = await filesOf(folder);
        assert.deepEqual([...written.keys()].sort(), [...expected.keys()].sort());
        for (const [path, bytes] of expected) {
          assert.deepEqual(written.get(path), bytes, `${path}, died at ${at}`);
        }
      }
      assert.ok(deaths > 6, `${deaths} deaths`);
    }));
}

Deno.test("a job that dies wherever it touches the disk or a bucket goes on, with its disk or without", () =>
  withFolder(async (folder) => {
    await using server = await S3Server.start("jobs");
    const rest = { rows: 150, format: "clip-retrieval", rowsPerFile: 50 } as const;
    const undisturbed = { ...rest, folder: `${folder}-undisturbed` };
    assert.equal(await startChild(undisturbed, {}).ended(), 0);
    const expected = await filesOf(undisturbed.folder);
    const random = seededRandom(5);
    let deaths = 0;
    for (let at = 1; at <= 127; at += 9) {
      const job = { ...rest, folder: `s3://jobs/${at}` };
      const work = `${folder}-work-${at}`;
      for (const dieAt of [at, 1 + random.below(40), 1 + random.below(60), Infinity]) {
        if (random.below(2) === 0) await Deno.remove(work, { recursive: true }).catch(() => {});
        const env = { ...server.variables, WORK: work, DIE_AT: String(dieAt) };
        const child = startChild(job, env);
        const code = await child.ended();
        if (code === KILLED) deaths++;
        else assert.equal(code, 0, child.stderr);
      }
      const written = await filesOf(join(server.folderOf("jobs"), String(at)));
      assert.deepEqual([...written.keys()].sort(), [...expected.keys()].sort());
      for (const [path, bytes] of expected) {
        assert.deepEqual(written.get(path), bytes, `${path}, died at ${at}`);
      }
    }
    assert.ok(deaths > 20, `${deaths} deaths`);
  }));

Deno.test("a job that is killed at random moments goes on", () =>
  withFolder(async (folder) => {
    const job = { folder, rows: 60_000, format: "npy", rowsPerFile: 7_000 } as const;
    const random = seededRandom(17);
    for (let kills = 0; kills < 12; kills++) {
      const child = startChild(job, { CALL_MS: "1" });
      await child.printed(/started/);
      const timer = setTimeout(() => child.kill("SIGKILL"), random.below(1_500));
      const code = await child.ended();
      clearTimeout(timer);
      if (code === 0) break;
      assert.equal(code, KILLED, child.stderr);
    }
    const last = startChild(job, {});
    assert.equal(await last.ended(), 0, last.stderr);
    await assertEveryRowOnce(folder, job.rows, await readNpyFolder(job.folder));
  }));

Deno.test("a job that is interrupted keeps what is done, and goes on", () =>
  withFolder(async (folder) => {
    const job = { folder, rows: 4_000, format: "npy", rowsPerFile: 1_500 } as const;
    let done = 0;
    let interruptions = 0;
    for (;; interruptions++) {
      const child = startChild(job, { HELD_CALL: "60" });
      // The last has fewer calls to make, and ends.
      await child.printed(/held/).catch(() => {});
      child.kill("SIGINT");
      assert.equal(await child.ended(), 0, child.stderr);
      const summary = JSON.parse(child.stdout.trim().split("\n").at(-1)!) as JobSummary;
      assert.equal(summary.resumedAt, done);
      assert.equal(summary.rows, summary.embedded + summary.failed);
      done = summary.rows;
      if (!summary.interrupted) break;
    }
    assert.ok(interruptions > 2, `${interruptions} interruptions`);
    await assertEveryRowOnce(folder, job.rows, await readNpyFolder(job.folder));
  }));
