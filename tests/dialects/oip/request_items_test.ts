import assert from "node:assert/strict";
import fc from "fast-check";
import type { InferRequest, InputTensor } from "../../../src/dialects/oip/infer_request.ts";
import { readItems } from "../../../src/dialects/oip/request_items.ts";
import { atOnce, Slices } from "../../../src/encoding/slices.ts";
import { joinElements, utf8 } from "./tensors.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

function request(tensor: Partial<InputTensor>, more: Partial<InferRequest> = {}): InferRequest {
  const input: InputTensor = {
    name: "TEXT",
    datatype: "BYTES",
    shape: [1],
    parameters: {},
    contents: { kind: "json", data: ["a"] },
    ...tensor,
  };
  return { id: "", parameters: {}, inputs: [input], outputs: [], ...more };
}

const read = (asked: InferRequest, maxElements = 100) =>
  atOnce(readItems(asked, { maxElements }, new Slices()));

const raw = (bytes: Uint8Array) => ({ kind: "raw", bytes }) as const;

Deno.test("texts are read alike from JSON, raw bytes and typed contents", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "grapheme" }), { maxLength: 8 }),
    fc.boolean(),
    (texts, column) => {
      const elements = texts.map(utf8);
      const shape = column ? [texts.length, 1] : [texts.length];
      const nested = column ? texts.map((text) => [text]) : texts;
      const items = texts.map((text) => ({ text }));
      for (
        const contents of [
          { kind: "json", data: nested } as const,
          raw(joinElements(elements)),
          { kind: "typed", elements, uint8: new Uint8Array(0) } as const,
        ]
      ) {
        assert.deepEqual(read(request({ shape, contents })), { input: "TEXT", items });
      }
    },
  ));
});

Deno.test("images are files as bytes, and references where they are strings or begin as one", () => {
  const image = (contents: InputTensor["contents"], shape = [1]) =>
    read(request({ name: "IMAGE", shape, contents })).items;
  assert.deepEqual(image(raw(joinElements([PNG, utf8("https://a.example/b.png")])), [2]), [
    { bytes: PNG },
    { uri: "https://a.example/b.png" },
  ]);
  const strings = [PNG.toBase64(), "data:image/png;base64,aGk=", "https://a.example/b.png"];
  assert.deepEqual(image({ kind: "json", data: strings }, [3]), [
    { bytes: PNG },
    { uri: strings[1] },
    { uri: strings[2] },
  ]);
  // What begins as neither is a file, whatever it is: the decoder says.
  assert.deepEqual(image(raw(joinElements([utf8("hello")]))), [{ bytes: utf8("hello") }]);
});

Deno.test("content_type base64 unpacks elements, as MLServer does", () => {
  const parameters = { content_type: "base64" };
  const text = utf8("größe").toBase64();
  assert.deepEqual(
    read(request({ parameters, contents: { kind: "json", data: [text] } })).items,
    [{ text: "größe" }],
  );
  const contents = raw(joinElements([utf8(PNG.toBase64())]));
  assert.deepEqual(read(request({ name: "IMAGE", parameters, contents })).items, [{ bytes: PNG }]);
});

Deno.test("pixels are views of raw bytes, or numbers of JSON", () => {
  const bytes = Uint8Array.from({ length: 2 * 2 * 4 * 3 }, (_, i) => i);
  const pixels = (contents: InputTensor["contents"], shape = [2, 2, 4, 3]) =>
    read(request({ name: "PIXELS", datatype: "UINT8", shape, contents })).items;
  const images = [bytes.subarray(0, 24), bytes.subarray(24)].map((data) => ({
    pixels: { data, width: 4, height: 2, channels: 3 },
  }));
  assert.deepEqual(pixels(raw(bytes)), images);
  assert.equal((pixels(raw(bytes))[1] as typeof images[0])!.pixels.data.buffer, bytes.buffer);
  assert.deepEqual(pixels({ kind: "json", data: [...bytes] }), images);
  assert.deepEqual(pixels({ kind: "typed", elements: [], uint8: bytes }), images);
  assert.deepEqual(pixels(raw(new Uint8Array(0)), [0, 2, 4, 3]), []);
  for (const element of [256, -1, 1.5, "1", null, NaN]) {
    const data = [...bytes.subarray(1), element];
    assert.throws(() => pixels({ kind: "json", data }), /element 47 is .*0 to 255 \(UINT8\)/);
  }
  assert.throws(() => pixels(raw(bytes.subarray(1))), /it has 47 numbers, its shape 48/);
  for (const shape of [[2, 2, 4], [2, 2, 3, 4], [2, 0, 4, 3], [48]]) {
    assert.throws(() => pixels(raw(bytes), shape), /expected \[n, height, width, 3\]/);
  }
});

Deno.test("what is wrong with a request is said with its place", () => {
  const refused = (asked: InferRequest, message: RegExp, kind = "invalid") =>
    assert.throws(() => read(asked, 3), (error: Error & { kind: string }) => {
      assert.match(error.message, message);
      assert.equal(error.kind, kind);
      return true;
    });
  const { inputs: [text] } = request({});
  refused(request({}, { inputs: [] }), /'inputs' has 0 tensors: one of TEXT, IMAGE, PIXELS/);
  refused(request({}, { inputs: [text!, text!] }), /'inputs' has 2 tensors/);
  refused(request({ name: "nope" }), /inputs\[0\]: there is no input 'nope'/);
  refused(request({ datatype: "FP32" }), /'TEXT': its datatype is 'FP32', expected BYTES/);
  for (const shape of [[], [1, 2], [-1], [1.5], [2 ** 60]]) {
    refused(request({ shape }), /its shape is \[.*\], expected \[n\] or \[n, 1\]/);
  }
  refused(request({ shape: [4] }), /too many elements: 3 are allowed/, "too_large");
  refused(request({ shape: [2] }), /'data' has 1 elements, not the 2/);
  refused(request({ shape: [0] }), /'data' has more than the 0 that its shape says/);
  refused(request({ contents: { kind: "json", data: "a" } }), /'data' has to be a list/);
  refused(request({ contents: { kind: "json", data: undefined } }), /'data' has to be a list/);
  refused(request({ contents: { kind: "json", data: [7] } }), /TEXT\[0\] is not a string/);
  let deep: unknown = "a";
  for (let i = 0; i < 9; i++) deep = [deep];
  refused(request({ contents: { kind: "json", data: deep } }), /more than 8 levels/);
  refused(
    request({ contents: raw(joinElements([Uint8Array.of(0xff)])) }),
    /TEXT\[0\] is not valid UTF-8/,
  );
  const typed = { kind: "typed", elements: [], uint8: Uint8Array.of(1) } as const;
  refused(request({ contents: typed }), /0 elements in 'bytes_contents', its shape says 1/);
  refused(request({ parameters: { shared_memory_region: "x" } }), /Shared memory is not served/);
  const output = (name: string, parameters = {}) =>
    request({}, { outputs: [{ name, parameters }] });
  refused(output("nope"), /There is no output 'nope': it is EMBEDDING/);
  refused(output("EMBEDDING", { classification: 3 }), /Classes are not served/);
  refused(output("EMBEDDING", { shared_memory_region: "x" }), /Shared memory is not served/);
});
