import assert from "node:assert/strict";
import { readItems, type ReadOptions } from "../../../src/dialects/embeddings/input.ts";
import { FieldError, ItemError } from "../../../src/dialects/reading/typed_body.ts";
import { atOnce, inSlices, Slices } from "../../../src/encoding/slices.ts";
import type { ClipError } from "../../../src/errors.ts";

const OPTIONS: ReadOptions = {
  modality: undefined,
  bounds: { maxDocuments: 5, maxValues: 100 },
  grow: undefined,
};
const PICTURE = new TextEncoder().encode("not really a picture");
const BASE64 = PICTURE.toBase64();
const DATA_URI = `data:image/png;base64,${BASE64}`;
const URL = "https://example.com/a.png";

function read(body: Parameters<typeof readItems>[0], options: Partial<ReadOptions> = {}) {
  return atOnce(readItems(body, { ...OPTIONS, ...options }, new Slices()));
}

function items(input: unknown, options?: Partial<ReadOptions>) {
  return read({ input }, options).items;
}

function fault(body: Parameters<typeof readItems>[0]): { param: string | null; message: string } {
  try {
    read(body);
  } catch (error) {
    assert.ok(error instanceof FieldError, String(error));
    return error;
  }
  assert.fail("it was read");
}

Deno.test("input: a text, a list of texts, and mixed lists, in their order", () => {
  assert.deepEqual(items("a cat"), [{ text: "a cat" }]);
  assert.deepEqual(items(["a", "b"]), [{ text: "a" }, { text: "b" }]);
  assert.deepEqual(items(["a", { image: URL }, { text: "b" }, DATA_URI, { image: BASE64 }]), [
    { text: "a" },
    { uri: URL },
    { text: "b" },
    { uri: DATA_URI },
    { bytes: PICTURE },
  ]);
  assert.deepEqual(items({ text: "alone" }), [{ text: "alone" }]);
});

Deno.test("input: strings are images where the body or the data URI says so, and texts else", () => {
  assert.deepEqual(items([URL, DATA_URI]), [{ text: URL }, { uri: DATA_URI }]);
  assert.deepEqual(items([URL, DATA_URI, BASE64], { modality: "image" }), [
    { uri: URL },
    { uri: DATA_URI },
    { bytes: PICTURE },
  ]);
  assert.deepEqual(items(DATA_URI, { modality: "text" }), [{ text: DATA_URI }]);
  assert.deepEqual(items([{ text: "a" }], { modality: "image" }), [{ text: "a" }]);
});

Deno.test("input: images as Jina AI, LlamaIndex.TS and OpenAI write them", () => {
  const ways = [
    { image: DATA_URI },
    { url: DATA_URI },
    { bytes: DATA_URI },
    { image_url: DATA_URI },
    { type: "image_url", image_url: { url: DATA_URI } },
    { text: null, image: DATA_URI },
  ];
  assert.deepEqual(items(ways, { bounds: { maxDocuments: 6, maxValues: 0 } }), [
    ...ways.map(() => ({ uri: DATA_URI })),
  ]);
});

Deno.test("input: what can be no image ends the reading, and is named", () => {
  const bodies: [Parameters<typeof readItems>[0], string][] = [
    [{ input: { image: "!" } }, "input"],
    [{ input: ["a", { image: "!" }] }, "input.1"],
    [{ messages: [[{ content: [{ image_url: "!" }] }]] }, "messages.0.0.content.0"],
  ];
  for (const [body, param] of bodies) {
    assert.throws(() => read(body), (error) => {
      return error instanceof ItemError && error.kind === "document" && error.param === param;
    });
  }
});

Deno.test("input: what is wrong is named with its place", () => {
  const places: [unknown, string, RegExp][] = [
    [undefined, "input", /missing/],
    [null, "input", /missing/],
    ["", "input", /empty string/],
    [[], "input", /empty list/],
    [["a", ""], "input.1", /empty string/],
    [[{ text: "" }], "input.0.text", /empty string/],
    [["a", null], "input.1", /a text/],
    [["a", ["b"]], "input.1", /a text/],
    [true, "input", /a text/],
    [["a", {}], "input.1", /\{text\}/],
    [[{ text: "a", image: URL }], "input.0", /\{text\}/],
    [[{ image: URL, url: URL }], "input.0", /\{text\}/],
    [[{ text: 1 }], "input.0.text", /string/],
    [[{ image: 1 }], "input.0.image", /base64/],
    [[{ image_url: {} }], "input.0.image_url", /base64/],
    [[{ type: "video_url", video_url: URL }], "input.0.type", /video_url.*cannot be embedded/],
  ];
  for (const [input, param, message] of places) {
    const error = fault({ input });
    assert.equal(error.param, param, JSON.stringify(input));
    assert.match(error.message, message);
  }
});

Deno.test("input: token ids are refused with what LangChain's users have to set", () => {
  for (const input of [[1, 2], [[1, 2], [3]], 5, ["a", [1]]]) {
    const error = fault({ input });
    assert.equal(error.param, "input");
    assert.match(error.message, /check_embedding_ctx_length=False/);
  }
});

Deno.test("input and messages: more than the flow allows are refused before they are read", () => {
  const tooMany = (body: Parameters<typeof readItems>[0]) =>
    assert.throws(() => read(body), (error: ClipError) => error.kind === "too_large");
  tooMany({ input: ["", "", "", "", "", ""] });
  tooMany({ messages: new Array(6).fill([{ content: "a" }]) });
});

const conversation = (...parts: unknown[]) => [{ role: "user", content: parts }];
const text = (value: string) => ({ type: "text", text: value });
const image = { type: "image_url", image_url: { url: URL } };

Deno.test("messages: one conversation is one vector, a list of them as many", () => {
  const one = read({ messages: conversation(image) });
  assert.deepEqual(one.items, [{ uri: URL }]);
  assert.equal(one.place(0), "messages");
  const two = read({ messages: [conversation(text("a")), conversation(image)] });
  assert.deepEqual(two.items, [{ text: "a" }, { uri: URL }]);
  assert.equal(two.place(1), "messages.1");
});

Deno.test("messages: they may stand in input as well", () => {
  assert.deepEqual(items(conversation(text("a"))), [{ text: "a" }]);
  const two = read({ input: [conversation(image), [{ role: "user", content: "b" }]] });
  assert.deepEqual(two.items, [{ uri: URL }, { text: "b" }]);
  assert.equal(two.place(1), "input.1");
});

Deno.test("messages: texts are put together as vLLM's template for CLIP does", () => {
  const messages = [
    { role: "system", content: "Say. " },
    { role: "user", content: [text("a"), "b", text("")] },
    { role: "user", content: "c" },
  ];
  assert.deepEqual(read({ messages }).items, [{ text: "Say. a\nb\nc" }]);
  assert.deepEqual(read({ messages: conversation(text(""), image) }).items, [{ uri: URL }]);
});

Deno.test("messages: what CLIP cannot embed is refused", () => {
  const places: [unknown, string, RegExp][] = [
    [conversation(text("a"), image), "messages", /a text and an image/],
    [conversation(image, image), "messages", /more than one image/],
    [conversation(text("")), "messages", /neither/],
    [conversation(), "messages", /neither/],
    [[], "messages", /list of messages/],
    ["a", "messages", /list of messages/],
    [[[]], "messages.0", /list of messages/],
    [[conversation("a"), "b"], "messages.1", /list of messages/],
    [["a"], "messages.0", /content/],
    [[{ role: "user" }], "messages.0.content", /string or a list/],
    [conversation(1), "messages.0.content.0", /\{text\}/],
    [conversation({ type: "audio_url" }), "messages.0.content.0.type", /audio_url/],
  ];
  for (const [messages, param, message] of places) {
    const error = fault({ messages });
    assert.equal(error.param, param, JSON.stringify(messages));
    assert.match(error.message, message);
  }
  assert.equal(fault({ messages: conversation("a"), input: "a" }).param, "messages");
  assert.deepEqual(read({ messages: conversation("a"), input: null }).items, [{ text: "a" }]);
});

Deno.test("input: many items are read in slices", async () => {
  const bounds = { maxDocuments: 200_000, maxValues: 0 };
  const input = Array.from({ length: 200_000 }, (_, i) => ({ text: `text ${i}` }));
  const reading = inSlices((slices) => readItems({ input }, { ...OPTIONS, bounds }, slices));
  assert.ok(reading instanceof Promise, "it did not pause");
  assert.equal((await reading).items.length, input.length);
});
