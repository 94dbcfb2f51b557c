/** What jobs write is opened by numpy, pyarrow, pandas, embedding-reader and autofaiss. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import { type JobOptions, runJob } from "../../../src/bulk/job/run_job.ts";
import { mergeShards } from "../../../src/bulk/job/merge_shards.ts";
import type { JobSummary } from "../../../src/bulk/job/summary.ts";
import type { Row } from "../../../src/bulk/row.ts";
import { pythonEnvironment } from "../../support/python_environment.ts";
import { NumbersEmbedder, numbersOf } from "../job/numbers_embedder.ts";
import { rowsInput } from "../job/rows_input.ts";

const REQUIREMENTS = new URL("requirements.txt", import.meta.url);
const SCRIPT = fileURLToPath(new URL("read_outputs.py", import.meta.url));

const ROWS = 50;
const DIMENSIONS = 24;

/** An image with a caption, and columns of every kind. */
function captionedRow(index: number): Row {
  return {
    key: `${index}.jpg`,
    place: `in/${index}.jpg`,
    text: `caption “${index}”\n😀`,
    image: () => new TextEncoder().encode(`image ${index}`),
    metadata: {
      key: `own ${index}`,
      width: 640 + index,
      score: index % 2 === 0 ? index : index + 0.5,
      nsfw: index % 3 === 0,
      mixed: index === 0 ? 0 : index === 1 ? "one" : null,
      ...(index % 4 === 0 ? {} : { url: `https://example.org/${index}` }),
    },
  };
}

const FORMATS: Readonly<Record<string, Pick<JobOptions, "format" | "dtype">>> = {
  "npy-float32": { format: "npy" },
  "npy-float16": { format: "npy", dtype: "float16" },
  parquet: { format: "parquet" },
  jsonl: { format: "jsonl" },
  "clip-retrieval": { format: "clip-retrieval", dtype: "float16" },
};

/** A job's options, but for its input and folder. */
function jobOptions(name: string) {
  return { embedder: new NumbersEmbedder(DIMENSIONS), rowsPerFile: 20, ...FORMATS[name]! };
}

/** Lets Python read a folder that `write` fills with one folder for each format. */
async function assertRead(write: (name: string, folder: string) => Promise<JobSummary>) {
  const python = await pythonEnvironment(REQUIREMENTS);
  const folder = await Deno.makeTempDir();
  try {
    for (const name of Object.keys(FORMATS)) {
      const summary = await write(name, join(folder, name));
      assert.equal(summary.embedded, ROWS);
    }
    const expected = Array.from({ length: ROWS }, (_, i) => {
      const { key, text, metadata } = captionedRow(i);
      return {
        id: key,
        text,
        metadata,
        image: [...numbersOf(`image ${i}`, DIMENSIONS)],
        text_vector: [...numbersOf(text!, DIMENSIONS)],
      };
    });
    await Deno.writeTextFile(join(folder, "expected.json"), JSON.stringify(expected));
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: [SCRIPT, folder],
    }).output();
    const decoder = new TextDecoder();
    assert.ok(success, decoder.decode(stderr));
    assert.match(decoder.decode(stdout), /read all/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what a job writes is read by Python's libraries", async () => {
  await assertRead((name, folder) =>
    runJob({
      ...jobOptions(name),
      out: new FolderPlace(folder),
      input: rowsInput(ROWS, captionedRow),
    })
  );
});

Deno.test("what is merged of shards is read by Python's libraries", async () => {
  const shards = await Deno.makeTempDir();
  const bounds = [0, 7, 40, ROWS];
  try {
    await assertRead(async (name, folder) => {
      const folders: string[] = [];
      for (let index = 1; index < bounds.length; index++) {
        const [from, to] = [bounds[index - 1]!, bounds[index]!];
        const input = {
          ...rowsInput(to - from, (i) => captionedRow(from + i)),
          fingerprint: "all",
        };
        const shard = join(shards, `${name}-${index}`);
        folders.push(shard);
        await runJob({
          ...jobOptions(name),
          out: new FolderPlace(shard),
          input,
          shard: { index, count: bounds.length - 1 },
        });
      }
      return await mergeShards({
        shards: folders.toReversed().map((shard) => new FolderPlace(shard)),
        out: new FolderPlace(folder),
      });
    });
  } finally {
    await Deno.remove(shards, { recursive: true });
  }
});
