import assert from "node:assert/strict";
import { join } from "node:path";
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import { type JobOptions, runJob } from "../../../src/bulk/job/run_job.ts";
import { Columns, columnValue } from "../../../src/bulk/outputs/columns.ts";
import { NPY_HEADER_BYTES, npyHeader, readNpyHeader } from "../../../src/bulk/outputs/npy.ts";
import { readParquet } from "../../../src/bulk/outputs/read_parquet.ts";
import { normalized, vectorBytes, vectorLength } from "../../../src/bulk/outputs/vector_bytes.ts";
import type { Row } from "../../../src/bulk/row.ts";
import { NumbersEmbedder, numbersOf } from "../job/numbers_embedder.ts";
import { readJsonLines } from "../job/read_output.ts";
import { imageRow, rowsInput, textRow } from "../job/rows_input.ts";

/** Runs a job of some rows, and looks at its folder. */
async function withJob(
  rows: readonly Row[],
  options: Partial<JobOptions>,
  look: (folder: string) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "out");
  try {
    await runJob({
      input: rowsInput(rows.length, (i) => rows[i]!),
      embedder: new NumbersEmbedder(),
      out: new FolderPlace(folder),
      format: "npy",
      ...options,
    });
    await look(folder);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(join(folder, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, join(below, name)) : [join(below, name)]
  ).sort();
}

async function parquetRows(path: string) {
  const rows = [];
  for await (const group of readParquet(path, undefined)) rows.push(...group);
  return rows;
}

Deno.test("npyHeader() is always 128 bytes, and is read back", () => {
  for (const [rows, columns] of [[1, 1], [999_999_999_999, 65_536]] as const) {
    const header = npyHeader("float16", rows, columns);
    assert.equal(header.length, NPY_HEADER_BYTES);
    assert.deepEqual(readNpyHeader(header, "x"), { dtype: "float16", rows, columns });
  }
  assert.throws(
    () => readNpyHeader(new Uint8Array(NPY_HEADER_BYTES), "x.npy"),
    /^ClipError: x\.npy/,
  );
});

Deno.test("vectorBytes() rounds to the nearest float16, ties to even", () => {
  const numbers = [1, 1.00048828125, 1.00146484375, 65_519, 65_520, 2 ** -25, -0, 1e-30];
  const bytes = vectorBytes(new Float32Array(numbers), "float16");
  const bits = [...new Uint16Array(bytes.slice().buffer)].map((value) => value.toString(16));
  assert.deepEqual(bits, ["3c00", "3c00", "3c02", "7bff", "7c00", "0", "8000", "0"]);
});

Deno.test("normalized() makes vectors of length 1, but of zeros", () => {
  const vector = new Float32Array([3, 4]);
  assert.deepEqual([...normalized(vector, vectorLength(vector))], [
    ...new Float32Array([0.6, 0.8]),
  ]);
  const zeros = new Float32Array(2);
  assert.deepEqual([...normalized(zeros, vectorLength(zeros))], [0, 0]);
});

Deno.test("Columns learn the kind that holds all values of a column", () => {
  const columns = new Columns();
  columns.see({ a: 1, b: null, c: true, d: "x", e: 1 });
  columns.see({ a: 0.5, b: false, c: 1, d: null, f: null });
  assert.deepEqual(columns.kinds(), {
    a: "number",
    b: "boolean",
    c: "text",
    d: "text",
    e: "integer",
    f: null,
  });
  assert.equal(columnValue(true, "text"), "true");
  assert.equal(columnValue(undefined, "integer"), null);
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`c${i}`, 1]));
  assert.throws(() => columns.see(many), /more than 1000 columns/);
});

Deno.test("clip-retrieval's layout has the towers that the first row has", async () => {
  const image = (i: number) => imageRow(`image ${i}`, `${i}.jpg`, { caption: `c ${i}` });
  await withJob([image(0), image(1)], { format: "clip-retrieval" }, async (folder) => {
    assert.deepEqual(filesIn(folder), [
      "img_emb/img_emb_0.npy",
      "job.json",
      "metadata/metadata_0.parquet",
    ]);
    assert.deepEqual(await parquetRows(join(folder, "metadata/metadata_0.parquet")), [
      { image_path: "in/0.jpg", caption: "c 0", key: "0.jpg" },
      { image_path: "in/1.jpg", caption: "c 1", key: "1.jpg" },
    ]);
  });
  const text = textRow("a cat", "t.txt:1", { image_path: "elsewhere.jpg", n: 1 });
  await withJob([text], { format: "clip-retrieval" }, async (folder) => {
    assert.deepEqual(filesIn(folder), [
      "job.json",
      "metadata/metadata_0.parquet",
      "text_emb/text_emb_0.npy",
    ]);
    assert.deepEqual(await parquetRows(join(folder, "metadata/metadata_0.parquet")), [
      { caption: "a cat", key: "t.txt:1", image_path: "elsewhere.jpg", n: 1n },
    ]);
  });
  const both = { ...image(2), text: "a cat" };
  await withJob([both, image(3)], { format: "clip-retrieval" }, async (folder) => {
    assert.deepEqual(filesIn(folder), [
      "errors.jsonl",
      "img_emb/img_emb_0.npy",
      "job.json",
      "metadata/metadata_0.parquet",
      "text_emb/text_emb_0.npy",
    ]);
    assert.deepEqual(await readJsonLines(join(folder, "errors.jsonl")), [{
      key: "3.jpg",
      place: "in/3.jpg",
      reason: "there is no text, and texts and images are embedded",
    }]);
  });
});

Deno.test("an image's path in clip-retrieval's table is the one that the input names", async () => {
  const row = { ...imageRow("x", "t.csv:1", { image_path: "photos/1.jpg" }), place: "t.csv:1" };
  await withJob([row], { format: "clip-retrieval" }, async (folder) => {
    assert.deepEqual(await parquetRows(join(folder, "metadata/metadata_0.parquet")), [
      { image_path: "photos/1.jpg", key: "t.csv:1" },
    ]);
  });
});

Deno.test("columns of the input that are called like ours get another name", async () => {
  const row = textRow("a", "t:1", { id: 7, id_: 8, embedding: "x" });
  await withJob([row], { format: "parquet" }, async (folder) => {
    assert.deepEqual(await parquetRows(join(folder, "embeddings_0.parquet")), [{
      id: "t:1",
      place: null,
      text: "a",
      id__: 7n,
      id_: 8n,
      embedding_: "x",
      embedding: [...numbersOf("a")],
    }]);
  });
});

Deno.test("columns may be called like what every object has", async () => {
  const rows = [
    textRow("a", "t:1", JSON.parse('{"constructor": "x", "__proto__": "y"}')),
    textRow("b", "t:2"),
  ];
  await withJob(rows, { format: "parquet" }, async (folder) => {
    const [first, second] = await parquetRows(join(folder, "embeddings_0.parquet"));
    assert.equal(first!.constructor, "x");
    assert.equal(second!.constructor, null);
  });
});

Deno.test("JSON lines have the shortest digits that read back to the same float32", async () => {
  await withJob([textRow("a", "t:1")], { format: "jsonl" }, async (folder) => {
    const text = await Deno.readTextFile(join(folder, "embeddings_0.jsonl"));
    const digits = [...numbersOf("a")].map((value) => {
      let precision = 1;
      while (Math.fround(Number(value.toPrecision(precision))) !== value) precision++;
      return Number(value.toPrecision(precision));
    });
    assert.equal(text, `{"id":"t:1","text":"a","embedding":[${digits.join()}]}\n`);
  });
});
