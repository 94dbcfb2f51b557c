/** What the page's search in an index is made of, as far as it needs no browser. */
import assert from "node:assert/strict";
import {
  detailsOf,
  distanceOf,
  faceOf,
  likeness,
} from "../../src/pages/playground/page/document_face.js";
import { wireBody } from "../../src/pages/playground/page/exchange.js";
import { isPicture, picturesIn } from "../../src/pages/playground/page/folder.js";
import {
  clearRequest,
  deleteRequest,
  indexRequest,
  listRequest,
  searchRequest,
} from "../../src/pages/playground/page/index_requests.js";
import { tagsOf } from "../../src/pages/playground/page/picture_tags.js";
import { Rate } from "../../src/pages/playground/page/rate.js";
import { contentId, sha256 } from "../../src/pages/playground/page/sha256.js";

const SAMPLES = "http://here/playground/samples/";

Deno.test("sha256() is SHA-256 at every length of the last block", async () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const content = Uint8Array.from({ length }, (_, i) => (i * 31 + 7) % 256);
    const wanted = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    assert.equal(sha256(content).toHex(), wanted.toHex(), `${length} bytes`);
  }
  const view = new Uint8Array([9, 9, 97, 98, 99, 9]).subarray(2, 5);
  assert.match(sha256(view).toHex(), /^ba7816bf8f01cfea414140de5dae2223/);
  assert.equal(
    await contentId(new TextEncoder().encode("abc").buffer),
    "ba7816bf8f01cfea414140de5dae2223",
  );
});

Deno.test("tags tell what is known of a picture, and columns are filled in their types", () => {
  const facts = {
    name: "Cat 1.JPG",
    folder: "holiday/cats",
    caption: "",
    type: "image/jpeg",
    bytes: 1234,
    modified: 1_700_000_000_500,
    width: 640,
    height: 480,
  };
  assert.deepEqual(tagsOf(facts, {}), {
    name: "Cat 1.JPG",
    folder: "holiday/cats",
    type: "image/jpeg",
    bytes: 1234,
    width: 640,
    height: 480,
    modified: "2023-11-14T22:13:20.500Z",
  });
  const tags = tagsOf(facts, {
    bytes: "str",
    file_name: "str",
    Path: "str",
    size: "float",
    date: "int",
    modified: "float",
    type: "int",
    format: "str",
    extension: "str",
    price: "float",
    constructor: "str",
  });
  assert.deepEqual(tags, {
    name: "Cat 1.JPG",
    folder: "holiday/cats",
    bytes: "1234",
    width: 640,
    height: 480,
    modified: 1_700_000_000.5,
    file_name: "Cat 1.JPG",
    Path: "holiday/cats/Cat 1.JPG",
    size: 1234,
    date: 1_700_000_000,
    format: "jpeg",
    extension: "jpg",
  });
  const unknown = { ...facts, folder: "", type: "", modified: 0, width: 0, height: 0 };
  assert.deepEqual(tagsOf(unknown, { folder: "str" }), {
    name: "Cat 1.JPG",
    folder: "",
    bytes: 1234,
  });
});

Deno.test("a document is drawn from what it holds, and from no other address", () => {
  const data = "data:image/webp;base64,UklGRg";
  const face = (document: Record<string, unknown>) => faceOf({ id: "7", ...document }, SAMPLES);
  assert.deepEqual(face({ uri: data, tags: { name: "a.png" } }), { title: "a.png", src: data });
  const bytes = (base64: string) => Uint8Array.fromBase64(base64);
  assert.deepEqual(face({ blob: bytes("/9j/4AAQ") }), {
    title: "7",
    src: "data:image/jpeg;base64,/9j/4AAQ",
  });
  assert.deepEqual(face({ uri: "https://else.where/x/cat%20.png?k=1#f" }), {
    title: "cat%20.png",
    link: "https://else.where/x/cat%20.png?k=1#f",
    text: "https://else.where/x/cat%20.png?k=1#f",
  });
  assert.equal(face({ uri: `${SAMPLES}red.png` }).src, `${SAMPLES}red.png`);
  for (
    const uri of [`${SAMPLES}../../admin`, `${SAMPLES}%2e%2e/x`, "http://here/playground/x.png"]
  ) {
    assert.equal(face({ uri }).src, undefined, uri);
  }
  for (const uri of ["javascript:alert(1)", "data:text/html,<script>", "file:///etc/passwd"]) {
    const { src, link } = face({ uri });
    assert.deepEqual([src, link], [undefined, undefined], uri);
  }
  assert.deepEqual(face({ text: "a cat", uri: "s3://bucket/cat" }), {
    title: "a cat",
    text: "a cat",
  });
  assert.deepEqual(face({ blob: bytes("bm90IGEgcGljdHVyZQ==") }), { title: "7", text: "7" });
  assert.deepEqual(face({ uri: 5, text: [], tags: { caption: 3, name: {} } }), {
    title: "7",
    text: "7",
  });
});

Deno.test("details hold every tag, whatever its type, and no picture", () => {
  assert.deepEqual(
    detailsOf({
      id: "7",
      uri: "data:image/png,x",
      text: "t",
      tags: { a: "b", n: 1, l: [1, null] },
    }),
    [["id", "7"], ["a", "b"], ["n", "1"], ["l", "[1,null]"], ["text", "t"]],
  );
});

Deno.test("scores have their metric's name", () => {
  assert.deepEqual(distanceOf({ id: "", scores: { cosine: { value: 0.25 } } }), {
    metric: "cosine",
    distance: 0.25,
  });
  assert.equal(distanceOf({ id: "", scores: { euclidean: { value: 0 } } })?.distance, 0);
  assert.equal(distanceOf({ id: "" }), undefined);
  assert.equal(distanceOf({ id: "", scores: {} }), undefined);
  assert.deepEqual(likeness("cosine", 0.25), { name: "similarity", value: 0.75 });
  assert.deepEqual(likeness("inner_product", -3), { name: "inner product", value: 4 });
  assert.equal(likeness("euclidean", 2), undefined);
});

Deno.test("pictures are told by type or ending; what systems hide is none", () => {
  for (const name of ["a.png", "A.JPG", "x.y.webp", "b.HEIC"]) assert.ok(isPicture(name), name);
  for (const name of ["._a.png", ".DS_Store", "Thumbs.db", "png", "a.txt"]) {
    assert.ok(!isPicture(name), name);
  }
  assert.ok(isPicture("no ending", "image/png"));
});

type Entry = Parameters<typeof picturesIn>[0] extends Iterable<infer T> ? Exclude<T, File> : never;

/** As browsers give folders: so many entries at a time. */
function folder(name: string, ...entries: Entry[]): Entry {
  const left = [...entries];
  const createReader = () => ({
    readEntries: (resolve: (entries: Entry[]) => void) => resolve(left.splice(0, 2)),
  });
  return { name, isFile: false, isDirectory: true, createReader } as unknown as Entry;
}
function file(name: string): Entry {
  const read = (resolve: (file: File) => void) => resolve(new File(["x"], name));
  return { name, isFile: true, isDirectory: false, file: read } as unknown as Entry;
}

Deno.test("a folder is gone through to its depth, and its files are read only when asked for", async () => {
  const dropped = [
    folder(
      "holiday",
      file("a.png"),
      file("notes.txt"),
      folder("cats", file("b.jpg"), file("c.jpg"), file("d.jpg")),
      folder(".thumbnails", file("t.png")),
      folder("empty"),
      file("._e.png"),
    ),
    file("f.gif"),
  ];
  const found = [];
  for await (const source of picturesIn(dropped)) found.push(source);
  assert.deepEqual(found.map((source) => source && [source.folder, source.name]), [
    ["holiday", "a.png"],
    undefined,
    ["holiday/cats", "b.jpg"],
    ["holiday/cats", "c.jpg"],
    ["holiday/cats", "d.jpg"],
    undefined,
    ["", "f.gif"],
  ]);
  assert.equal(await (await found[0]!.read()).text(), "x");
});

Deno.test("requests to the index are on the wire as Jina's HTTP has them", () => {
  const image = { name: "a.png", url: null };
  const body = (request: Parameters<typeof wireBody>[0]) => wireBody(request, () => "QUJD");
  assert.deepEqual(
    body(indexRequest([{ id: "1", image, uri: "data:,", tags: { name: "a.png" } }], {})),
    {
      data: [{ id: "1", uri: "data:,", tags: { name: "a.png" }, blob: "QUJD" }],
      parameters: { drop_image_content: true, on_error: "skip" },
    },
  );
  const all = { limit: 24, filter: undefined };
  assert.deepEqual(body(searchRequest({ text: "x" }, all, { model_name: "m" })), {
    data: [{ text: "x" }],
    parameters: { limit: 24, model_name: "m" },
  });
  const filter = { price: { $lt: 5 } };
  assert.deepEqual(body(searchRequest({ image }, { limit: 1, filter }, {})), {
    data: [{ id: "a.png", blob: "QUJD" }],
    parameters: { limit: 1, filter, drop_image_content: true },
  });
  assert.deepEqual(body(searchRequest({ id: "1", embedding: [1, 2] }, all, {})), {
    data: [{ id: "1", embedding: [1, 2] }],
    parameters: { limit: 24, exclude_self: true },
  });
  assert.deepEqual(body(listRequest({ ...all, documents: 100 }, {})), {
    parameters: { limit: 24, offset: 76 },
  });
  assert.deepEqual(body(listRequest({ limit: 24, filter, documents: 100 }, {})), {
    parameters: { limit: 24, filter },
  });
  assert.deepEqual(body(deleteRequest("1", {})), { data: [{ id: "1" }] });
  assert.deepEqual(body(clearRequest({})), {});
});

Deno.test("a rate is that of the last ten seconds", () => {
  const rate = new Rate();
  assert.equal(rate.perSecond, 0);
  rate.mark(0, 0);
  assert.equal(rate.perSecond, 0);
  rate.mark(100, 1000);
  assert.equal(rate.perSecond, 100);
  rate.mark(100, 5000);
  assert.equal(rate.perSecond, 20);
  rate.mark(160, 12_000);
  assert.ok(Math.abs(rate.perSecond - 60 / 7) < 1e-9);
});
