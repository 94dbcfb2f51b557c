/** What may be given. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type ClientCase, forEachProtocol } from "./case.ts";
import type { EmbeddingMatrix as Matrix } from "../../../client/mod.ts";
import { assertClose, rejected } from "./same_numbers.ts";

export const CONTENT_CASES: ClientCase[] = [
  ...forEachProtocol("a picture is the same, however it is given", async (url, place) => {
    const { ClipClient } = place.library;
    const path = place.images[0]!;
    const bytes = new Uint8Array(readFileSync(path));
    const base64 = readFileSync(path).toString("base64");
    const client = new ClipClient(url);
    const matrix = await client.encode([
      path,
      pathToFileURL(path).href,
      pathToFileURL(path),
      bytes,
      bytes.slice().buffer,
      new Blob([bytes]),
      `data:image/png;base64,${base64}`,
      `data:image/png;base64,${encodeURIComponent(base64)}`,
    ]);
    assert.equal(matrix.rows, 8);
    assert.equal(matrix.dimensions, 128);
    for (const row of matrix) assertClose(row, matrix.row(0), "picture");
    const texts = await client.encode(["a red circle"]);
    assert.ok(texts.row(0).some((value, i) => Math.abs(value - matrix.row(0)[i]!) > 0.1));
    await client.close();
  }),
  ...forEachProtocol("plainText() is a text, also where it names a file", async (url, place) => {
    const { ClipClient, plainText } = place.library;
    const client = new ClipClient(url);
    const path = place.images[0]!;
    const [picture, words] = await client.encode([path, plainText(path)]);
    assert.ok(picture!.some((value, i) => Math.abs(value - words![i]!) > 0.1));
    const [document] = await client.encode([{ text: path }]);
    assertClose(document!.embedding!, words!);
    await client.close();
  }),
  ...forEachProtocol("pixels of one, three and four channels", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const [width, height] = [12, 10];
    const grey = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 256);
    const spread = (channels: number) =>
      Uint8Array.from(
        { length: grey.length * channels },
        (_, i) => i % channels === 3 ? 255 : grey[Math.floor(i / channels)]!,
      );
    const matrix = await client.encode([
      { data: grey, width, height },
      { data: spread(3), width, height },
      { data: new Uint8ClampedArray(spread(4)), width, height, channels: 4 },
    ]);
    for (const row of matrix) assertClose(row, matrix.row(0), "pixels");
    await client.close();
  }),
  ...forEachProtocol("documents come back as documents", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const [path] = place.images;
    const documents = await client.encode([
      { id: "one", text: "a red circle", tags: { n: 1, list: ["a", null] } },
      { uri: path! },
      { blob: new Uint8Array(readFileSync(path!)), id: "three" },
    ]);
    assert.equal(documents[0]!.id, "one");
    assert.equal(documents[0]!.text, "a red circle");
    assert.deepEqual(documents[0]!.tags, { n: 1, list: ["a", null] });
    assert.match(documents[1]!.id, /^[0-9a-f]{32}$/);
    assert.equal(documents[1]!.uri, path);
    assert.equal(documents[1]!.blob, undefined);
    assert.ok(documents[2]!.blob!.length > 100);
    assertClose(documents[1]!.embedding!, documents[2]!.embedding!);
    assert.ok(documents[0]!.embedding instanceof Float32Array);
    await client.close();
  }),
  ...forEachProtocol("any iterable will do", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const texts = Array.from({ length: 20 }, (_, i) => `${i} red circles`);
    const expected = await client.encode(texts);
    async function* slow() {
      for (const text of texts) yield await Promise.resolve(text);
    }
    function* lazy() {
      yield* texts;
    }
    const stream = new ReadableStream<string>({
      start(controller) {
        for (const text of texts) controller.enqueue(text);
        controller.close();
      },
    });
    for (const input of [new Set(texts), lazy(), slow(), stream]) {
      const matrix = await client.encode(input, { batchSize: 7 });
      assert.equal(matrix.rows, 20);
      for (const [i, row] of [...matrix].entries()) assertClose(row, expected.row(i), `row ${i}`);
    }
    await client.close();
  }),
  {
    name: "one item is no list, and what is no content is told at its place",
    async run({ urls, library: { ClipClient, ClipClientError } }) {
      const client = new ClipClient(urls.http);
      for (const wrong of ["a text", new Uint8Array(3), 5, null, undefined, new Blob([])]) {
        const error = await rejected(client.encode(wrong as unknown as string[]), ClipClientError);
        assert.equal(error.kind, "usage");
      }
      const mixed = ["a", 5, null, [1], "b"] as unknown as string[];
      const { errors, rows } = await client.encode(mixed, { itemErrors: "return" });
      assert.equal(rows, 5);
      assert.deepEqual([...errors.keys()], [1, 2, 3]);
      assert.match(errors.get(1)!.message, /^Item 1: Cannot embed a value of type number/);
      assert.equal((await client.encode([])).rows, 0);
      await client.close();
    },
  },
  {
    name: "a file that cannot be read any more is told of, and the others are embedded",
    async run({ urls, library: { ClipClient } }) {
      const gone = new File(["PNG"], "gone.png");
      gone.arrayBuffer = () => Promise.reject(new DOMException("It was moved", "NotFoundError"));
      const client = new ClipClient(urls.http);
      const contents = ["a", gone, { blob: gone }];
      const { errors, rows } = await client.encode(contents, { itemErrors: "return" }) as Matrix;
      assert.equal(rows, 3);
      for (const at of [1, 2]) {
        assert.equal(errors.get(at)!.kind, "content");
        assert.match(errors.get(at)!.message, /^Item \d: Cannot read the file gone\.png: It was/);
      }
      await client.close();
    },
  },
  {
    name: "an address that is none is told at once",
    run({ library: { ClipClient, ClipClientError } }) {
      for (const wrong of ["", "localhost:51000", "ftp://a:1", "http://", "grpc://a:99999"]) {
        assert.throws(
          () => new ClipClient(wrong),
          (thrown) => thrown instanceof ClipClientError && thrown.kind === "usage",
        );
      }
      new ClipClient("websocket://localhost:51000");
      new ClipClient("grpc://localhost");
      return Promise.resolve();
    },
  },
];
