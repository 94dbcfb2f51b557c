// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process that runs a job of many captions: `many_rows_child.ts FOLDER FORMAT ROWS DIMENSIONS`. It
 * prints the summary, and the most memory that it had, bytes.
 */
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import { runJob } from "../../../src/bulk/job/run_job.ts";
import type { OutputFormat } from "../../../src/bulk/outputs/formats.ts";
import { rowsInput, textRow } from "./rows_input.ts";

const [folder, format, rows, dimensions] = Deno.args;
const base = new Float32Array(Number(dimensions)).map((_, i) => Math.sin(i + 1));

const summary = await runJob({
  input: rowsInput(
    Number(rows),
    (i) =>
      textRow(`a caption as long as captions are, the ${i}th of many`, `captions.txt:${i}`, {
        width: i,
        url: `https://example.org/${i}.jpg`,
      }),
  ),
  embedder: {
    model: "one vector",
    batchSize: 256,
    inFlight: 3,
    // As answers of servers come: on a later turn of the event loop.
    encode: (items) =>
      new Promise((resolve) => setTimeout(() => resolve(items.map(() => base.slice())), 0)),
    close: () => Promise.resolve(),
  },
  out: new FolderPlace(folder!),
  format: format as OutputFormat,
});
const status = await Deno.readTextFile("/proc/self/status");
const peak = Number(/VmHWM:\s*(\d+) kB/.exec(status)![1]) * 1024;
console.log(JSON.stringify({ ...summary, peak }));
