// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process that runs a job of rows that are made as they are read:
 * `job_child.ts FOLDER|s3://BUCKET/PREFIX ROWS FORMAT ROWS_PER_FILE`. With `CALL_MS` a call of the
 * embedder takes so long; with `HELD_CALL` that one says `held`, and waits for SIGINT; with `DIE_AT`
 * the process kills itself before it touches the disk or a bucket the so-manieth time. `WORK` is where
 * the part being written lies of what goes to a bucket.
 */
import { runJob } from "../../../src/bulk/job/run_job.ts";
import type { OutputFormat } from "../../../src/bulk/outputs/formats.ts";
import { badOrTextRow } from "./killed_job.ts";
import { NumbersEmbedder } from "./numbers_embedder.ts";
import { placeOf } from "./place_of.ts";
import { rowsInput } from "./rows_input.ts";

const [folder, rows, format, rowsPerFile] = Deno.args;
const dieAt = Number(Deno.env.get("DIE_AT") ?? "Infinity");
let touched = 0;

/** Counts a touch of the disk before each call. */
function counted<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return function (this: unknown, ...args: A): R {
    if (++touched >= dieAt) Deno.kill(Deno.pid, "SIGKILL");
    return call.apply(this, args);
  };
}

const file = Deno.FsFile.prototype;
file.write = counted(file.write);
file.truncate = counted(file.truncate);
file.sync = counted(file.sync);
file.syncData = counted(file.syncData);
Deno.rename = counted(Deno.rename);
Deno.remove = counted(Deno.remove);
Deno.mkdir = counted(Deno.mkdir);
globalThis.fetch = counted(globalThis.fetch);

const embedder = new NumbersEmbedder();
const callMs = Number(Deno.env.get("CALL_MS") ?? "0");
const heldCall = Number(Deno.env.get("HELD_CALL") ?? "Infinity");
const interruption = new AbortController();
const interrupted = new Promise<void>((resolve) =>
  Deno.addSignalListener("SIGINT", () => {
    interruption.abort();
    resolve();
  })
);
embedder.before = async () => {
  if (callMs > 0) await new Promise((resolve) => setTimeout(resolve, callMs));
  if (embedder.calls !== heldCall) return;
  console.log("held");
  await interrupted;
};
console.log("started");
try {
  const summary = await runJob({
    input: rowsInput(Number(rows), badOrTextRow),
    embedder,
    out: await placeOf(folder!, Deno.env.get("WORK") ?? ""),
    format: format as OutputFormat,
    rowsPerFile: Number(rowsPerFile),
    signal: interruption.signal,
  });
  console.log(JSON.stringify(summary));
  Deno.exit(0);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
