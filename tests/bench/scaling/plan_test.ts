import assert from "node:assert/strict";
import { type Demand, plan } from "../../../bench/scaling/plan/arithmetic.ts";
import { planText } from "../../../bench/scaling/plan/command.ts";
import { bytesText, numberText } from "../../../bench/scaling/plan/print.ts";
import { type MeasuredPod, PODS } from "../../../bench/scaling/plan/rates.ts";
import { embeddingBytes, sentImageBytes } from "../../../bench/scaling/plan/sizes.ts";
import { cellOf, tableRows } from "../../docs/tables.ts";

const POD: MeasuredPod = {
  model: "made-up",
  dtype: "fp32",
  device: "cpu",
  texts: 100,
  images: 10,
  dimensions: 512,
  memoryMB: 1000,
  diskMB: 500,
  source: "nowhere",
};

const DEMAND: Demand = {
  imagesPerDay: 86_400 * 35,
  textsPerDay: 0,
  peak: 2,
  load: 0.7,
  spare: 1,
  imageBytes: 3000,
  protocol: "grpc",
};

Deno.test("pods are those of the peak at the load, and the spare ones", () => {
  // 35 a second, 70 at the peak: seven pods' worth, ten at 0.7.
  const { meanPerSecond, peakPerSecond, onlinePods, loadAtPeak, loadWithOneLess, cores } = plan(
    POD,
    DEMAND,
  );
  assert.equal(meanPerSecond, 35);
  assert.equal(peakPerSecond, 70);
  assert.equal(onlinePods, 11);
  assert.equal(loadAtPeak.toFixed(3), (7 / 11).toFixed(3));
  assert.equal(loadWithOneLess.toFixed(3), "0.700");
  assert.equal(cores, 22);
});

Deno.test("a job takes the mean and no spare pods", () => {
  assert.equal(plan(POD, DEMAND).bulkPods, 4);
});

Deno.test("texts and images add up by the time that they take", () => {
  const both = plan(POD, { ...DEMAND, textsPerDay: 86_400 * 350 });
  assert.equal(both.onlinePods, 21);
});

Deno.test("bytes are those of the files, the embeddings and what is around them", () => {
  const { bytesIn, bytesOut, float32Bytes, float16Bytes, megabitsIn } = plan(POD, DEMAND);
  assert.equal(bytesIn, DEMAND.imagesPerDay * 3100);
  assert.equal(bytesOut, DEMAND.imagesPerDay * (2048 + 100));
  assert.equal(float32Bytes, 2 * float16Bytes);
  assert.equal(megabitsIn.toFixed(3), (70 * 3100 * 8 / 1e6).toFixed(3));
  const json = plan(POD, { ...DEMAND, protocol: "http" });
  assert.equal(json.bytesIn, DEMAND.imagesPerDay * 4100);
  assert.ok(json.bytesOut > 2 * bytesOut);
});

Deno.test("an index of more dimensions takes more", () => {
  const large = plan({ ...POD, dimensions: 1024 }, DEMAND);
  assert.equal(large.indexDiskBytes, 2 * plan(POD, DEMAND).indexDiskBytes);
});

Deno.test("a single pod leaves nobody when it goes", () => {
  const { onlinePods, loadWithOneLess } = plan(POD, { ...DEMAND, imagesPerDay: 1, spare: 0 });
  assert.equal(onlinePods, 1);
  assert.equal(loadWithOneLess, Infinity);
});

Deno.test("an embedding as JSON is what a server's answer has of it", () => {
  // 32 texts by /post: requests and answers of 179,359 bytes together (docs/performance.md).
  const each = embeddingBytes(512, "json");
  assert.ok(Math.abs(each / (179_359 / 32) - 1) < 0.1, `${each}`);
  assert.ok(embeddingBytes(512, "json, gzip") < each / 2);
  assert.equal(embeddingBytes(512, "base64"), 2732);
  assert.equal(embeddingBytes(512, "binary"), 2048);
  assert.equal(sentImageBytes(100_000, "http"), 133_336);
});

Deno.test("numbers are told with three digits", () => {
  assert.equal(bytesText(2_048_000_000_000), "2.05 TB");
  assert.equal(bytesText(999), "999 B");
  assert.equal(bytesText(999_900), "1 MB");
  assert.equal(numberText(23_148.1), "23,100");
});

Deno.test("wrong options are told, with what is expected", () => {
  assert.throws(() => planText([]), /no documents a day: --images-per-day/);
  assert.throws(() => planText(["--images-per-day", "many"]), /--images-per-day many: expected a/);
  assert.throws(() => planText(["--images-per-day", "1", "--load", "2"]), /--load 2/);
  assert.throws(
    () => planText(["--images-per-day", "1", "--model", "x"]),
    /not measured: ViT-B-32/,
  );
  assert.throws(() => planText(["--images-per-day", "1", "--protocol", "ftp"]), /http, grpc/);
});

Deno.test("rates of one's own take the place of measured ones", () => {
  const text = planText(["--images-per-day", "86400", "--images-per-second", "1", "--peak", "1"]);
  assert.match(text, /pods, online +3, 1 of them spare/);
});

Deno.test("measured rates are those of the pages that they come from", () => {
  const page = (name: string) =>
    tableRows(Deno.readTextFileSync(new URL(`../../../docs/${name}`, import.meta.url)));
  const figure = (name: string, row: RegExp, column: RegExp) =>
    Number(
      page(name).filter(({ cells }) => row.test(cells[0]!)).flatMap((one) =>
        cellOf(one, column) ?? []
      )[0],
    );
  const of = (model: string, dtype: string) =>
    PODS.find((pod) => pod.model === model && pod.dtype === dtype && pod.device === "cpu")!;
  for (const dtype of ["fp32", "int8"]) {
    const row = new RegExp(`^clipline, ${dtype}`);
    const { texts, images, memoryMB } = of("ViT-B-32", dtype);
    assert.equal(texts, figure("performance-peers.md", row, /^A second, texts 64/));
    assert.equal(images, figure("performance-peers.md", row, /^A second, images 64/));
    const mebibytes = figure("performance-peers.md", row, /^Peak memory/);
    assert.ok(Math.abs(memoryMB - mebibytes * 1.048576) < 1, `${memoryMB}`);
  }
  const base = of("ViT-B-32", "fp32");
  for (const model of ["ViT-B-16", "ViT-L-14"]) {
    const one = of(model, "fp32");
    for (const [rate, column] of [["texts", /^Texts/], ["images", /^Images/]] as const) {
      const over = figure("models.md", new RegExp(`^${model}$`), column) /
        figure("models.md", /^ViT-B-32$/, column);
      assert.equal((one[rate] / base[rate]).toFixed(6), over.toFixed(6), `${model}, ${rate}`);
    }
    assert.equal(one.diskMB, figure("models.md", new RegExp(`^${model}$`), /^Graphs/));
  }
});

Deno.test("the gateway's limits are those of the page that they come from", async () => {
  const { GATEWAY } = await import("../../../bench/scaling/plan/rates.ts");
  const rows = tableRows(
    Deno.readTextFileSync(new URL("../../../docs/performance.md", import.meta.url)),
  );
  for (const [protocol, { texts, images }] of Object.entries(GATEWAY)) {
    const limit = (request: string) =>
      Number(cellOf(
        rows.find(({ cells }) => cells[0] === protocol && cells[1] === request)!,
        /^Docs\/s that the main thread/,
      ));
    assert.equal(texts, limit("32 texts"));
    assert.equal(images, limit("32 images of 100 KB"));
  }
});
