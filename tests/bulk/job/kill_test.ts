/** A job that is killed at any moment loses no row, and has none twice. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobSummary } from "../../../src/bulk/job/summary.ts";
import { Program } from "../../support/process.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { assertEveryRowOnce } from "./killed_job.ts";
import { readJsonLines, readNpyFolder, type ReadRow } from "./read_output.ts";

const CHILD = fileURLToPath(new URL("job_child.ts", import.meta.url));

/** What a killed process ends with. */
const KILLED = 128 + 9;

interface ChildJob {
  folder: string;
  rows: number;
  format: "npy" | "jsonl";
  rowsPerFile: number;
}

function startChild(job: ChildJob, env: Record<string, string>): Program {
  const { folder, rows, format, rowsPerFile } = job;
  return new Program([folder, String(rows), format, String(rowsPerFile)], {
    words: ["run", "-A", "--no-check", CHILD],
    env,
  });
}

async function readAll({ folder, format }: ChildJob): Promise<ReadRow[]> {
  if (format === "npy") return await readNpyFolder(folder);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("embeddings_"));
  const rows: ReadRow[] = [];
  for (const part of names.keys()) {
    for (const row of await readJsonLines(join(folder, `embeddings_${part}.jsonl`))) {
      const vector = [...Float32Array.from(row.embedding as number[])];
      rows.push({ id: row.id as string, vector });
    }
  }
  return rows;
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await work(join(parent, "out"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

for (const format of ["npy", "jsonl"] as const) {
  Deno.test(`a job that dies before it touches the disk, wherever, goes on: ${format}`, () =>
    withFolder(async (folder) => {
      const job = { folder, rows: 150, format, rowsPerFile: 50 };
      const random = seededRandom(format.length);
      let deaths = 0;
      while (true) {
        const child = startChild(job, { DIE_AT: String(1 + random.below(60)) });
        const code = await child.ended();
        if (code === 0) break;
        assert.equal(code, KILLED, child.stderr);
        deaths++;
      }
      assert.ok(deaths > 2, `${deaths} deaths`);
      await assertEveryRowOnce(folder, job.rows, await readAll(job));
    }));
}

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
    await assertEveryRowOnce(folder, job.rows, await readAll(job));
  }));

Deno.test("a job that is interrupted keeps what is done, and goes on", () =>
  withFolder(async (folder) => {
    const job = { folder, rows: 4_000, format: "npy", rowsPerFile: 1_500 } as const;
    let done = 0;
    while (true) {
      const child = startChild(job, { CALL_MS: "20" });
      await child.printed(/started/);
      const timer = setTimeout(() => child.kill("SIGINT"), 500);
      assert.equal(await child.ended(), 0, child.stderr);
      clearTimeout(timer);
      const summary = JSON.parse(child.stdout.split("\n")[1]!) as JobSummary;
      assert.equal(summary.resumedAt, done);
      assert.equal(summary.rows, summary.embedded + summary.failed);
      done = summary.rows;
      if (!summary.interrupted) break;
    }
    await assertEveryRowOnce(folder, job.rows, await readAll(job));
  }));
