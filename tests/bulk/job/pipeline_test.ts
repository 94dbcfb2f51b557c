import assert from "node:assert/strict";
import { runPipeline } from "../../../src/bulk/job/pipeline.ts";
import { sourcesOf } from "../../../src/bulk/job/towers.ts";
import type { RowOutcome } from "../../../src/bulk/job/window.ts";
import type { InputRow, Row } from "../../../src/bulk/row.ts";
import { NumbersEmbedder, numbersOf } from "./numbers_embedder.ts";
import { imageRow, textRow } from "./rows_input.ts";

interface Run {
  rows: (signal: AbortSignal) => AsyncIterable<InputRow>;
  embedder?: NumbersEmbedder;
  take?: (outcome: RowOutcome) => Promise<unknown> | undefined;
  signal?: AbortSignal;
  distant?: boolean;
  towers?: ("any" | "image" | "text")[];
}

/** Runs the pipeline, and answers what was taken. */
async function run(
  { rows, embedder = new NumbersEmbedder(), take, signal, distant = false, towers }: Run,
) {
  const taken: RowOutcome[] = [];
  const complete = await runPipeline({
    rows,
    distant,
    embedder,
    sources: (row) => sourcesOf(row, towers ?? ["any"]),
    take: (outcome) => {
      taken.push(outcome);
      return take?.(outcome);
    },
    signal: signal ?? new AbortController().signal,
  });
  return { taken, complete };
}

async function* generate(count: number, row: (index: number) => InputRow) {
  for (let i = 0; i < count; i++) yield await row(i);
}

Deno.test("runPipeline() embeds image and text of a row into two matrices", async () => {
  const rows = (): AsyncIterable<InputRow> =>
    generate(100, (i) => ({ ...imageRow(`image ${i}`, `${i}`), text: `text ${i}` }));
  const { taken, complete } = await run({ rows, towers: ["image", "text"] });
  assert.equal(complete, true);
  assert.equal(taken.length, 100);
  for (const [i, outcome] of taken.entries()) {
    assert.ok("vectors" in outcome);
    assert.deepEqual(outcome.vectors, [numbersOf(`image ${i}`), numbersOf(`text ${i}`)]);
  }
});

Deno.test("runPipeline() gives texts and images in batches apart, full ones", async () => {
  const embedder = new NumbersEmbedder();
  const sizes: number[] = [];
  embedder.before = (items) => {
    assert.equal(new Set(items.map((item) => "text" in item)).size, 1);
    sizes.push(items.length);
    return new Promise((resolve) => setTimeout(resolve));
  };
  const rows = () =>
    generate(640, (i) => i % 4 === 0 ? textRow(`${i}`, `${i}`) : imageRow(`${i}`, `${i}`));
  await run({ rows, embedder });
  assert.equal(sizes.reduce((sum, size) => sum + size, 0), 640);
  assert.ok(sizes.filter((size) => size < 16).length <= 2, sizes.join());
});

Deno.test("runPipeline() has no more than its window of rows on their way", async () => {
  const embedder = new NumbersEmbedder();
  let read = 0;
  let taken = 0;
  let most = 0;
  const rows = () =>
    generate(5_000, (i) => {
      most = Math.max(most, ++read - taken);
      return textRow(`${i}`, `${i}`);
    });
  embedder.before = () => new Promise((resolve) => setTimeout(resolve));
  await run({
    rows,
    embedder,
    take: () => {
      taken++;
      return undefined;
    },
  });
  assert.ok(most <= 16 * 8 + 1, `${most} rows`);
});

Deno.test("runPipeline() holds so many bytes of images, however large they are", async () => {
  const megabytes = 8;
  const image = new Uint8Array(megabytes << 20);
  const embedder = new NumbersEmbedder();
  let held = 0;
  let most = 0;
  embedder.encode = async (items) => {
    await new Promise((resolve) => setTimeout(resolve));
    held -= items.length * megabytes;
    return items.map(() => new Float32Array(8));
  };
  const row = (i: number): Row => ({
    ...imageRow("", `${i}`),
    image: async () => {
      held += megabytes;
      most = Math.max(most, held);
      await new Promise((resolve) => setTimeout(resolve));
      return image;
    },
  });
  const { taken } = await run({ rows: () => generate(200, row), embedder });
  assert.equal(taken.length, 200);
  assert.ok(most <= 128 + 16 * megabytes, `${most} MB`);
});

Deno.test("runPipeline() embeds what there is when the input waits", async () => {
  const first = Promise.withResolvers<void>();
  async function* rows(): AsyncGenerator<InputRow> {
    yield textRow("one", "1");
    // The next line comes when this one is done.
    await first.promise;
    yield textRow("two", "2");
  }
  const { taken } = await run({
    rows,
    take: () => {
      first.resolve();
      return undefined;
    },
  });
  assert.equal(taken.length, 2);
});

Deno.test("runPipeline() ends at its signal though the input gives nothing more", async () => {
  const interruption = new AbortController();
  async function* rows(): AsyncGenerator<InputRow> {
    yield textRow("one", "1");
    await new Promise(() => {});
  }
  const { taken, complete } = await run({
    rows,
    signal: interruption.signal,
    take: () => {
      interruption.abort();
      return undefined;
    },
  });
  assert.equal(taken.length, 1);
  assert.equal(complete, false);
});

Deno.test("runPipeline() ends calls that are under way when one fails", async () => {
  const embedder = new NumbersEmbedder();
  embedder.before = (_, signal) =>
    embedder.calls === 3
      ? Promise.reject(new Error("no answer"))
      : new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
  await assert.rejects(
    run({ rows: () => generate(1_000, (i) => textRow(`${i}`, `${i}`)), embedder }),
    /no answer/,
  );
});

Deno.test("runPipeline() throws what the input throws, after what came before it", async () => {
  const taken: RowOutcome[] = [];
  async function* rows(): AsyncGenerator<InputRow> {
    for (let i = 0; i < 32; i++) yield textRow(`${i}`, `${i}`);
    // What is embedded of the first rows is there by now.
    while (taken.length < 32) await new Promise((resolve) => setTimeout(resolve));
    throw new Error("the file ends too early");
  }
  await assert.rejects(
    run({
      rows,
      take: (outcome) => {
        taken.push(outcome);
        return undefined;
      },
    }),
    /the file ends too early/,
  );
  assert.equal(taken.length, 32);
});

/** The most images that were read at one time. */
async function mostReads(distant: boolean, bytes: number): Promise<number> {
  let reading = 0;
  let most = 0;
  const rows = () =>
    generate(600, (i) => ({
      ...imageRow(`${i}`, `${i}`),
      image: async () => {
        most = Math.max(most, ++reading);
        await new Promise((resolve) => setTimeout(resolve));
        reading--;
        return new Uint8Array(bytes);
      },
    }));
  const embedder = new NumbersEmbedder();
  embedder.encode = (items) => Promise.resolve(items.map(() => numbersOf("any")));
  await run({ rows, distant, embedder });
  return most;
}

Deno.test("runPipeline() reads as many distant images at a time as rows are on their way", async () => {
  assert.equal(await mostReads(false, 10), 16);
  const { batchSize, inFlight } = new NumbersEmbedder();
  assert.equal(await mostReads(true, 10), batchSize * (2 * inFlight + 2));
});

Deno.test("runPipeline() reads fewer distant images at a time where they are large", async () => {
  const most = await mostReads(true, 4 << 20);
  assert.ok(most < 64, `${most}`);
});
