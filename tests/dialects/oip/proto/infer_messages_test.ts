/** Inference messages against protobufjs, which reads our own .proto file. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";
import {
  type NamedInferRequest,
  readInferRequest,
} from "../../../../src/dialects/oip/proto/read_infer_request.ts";
import {
  encodeStreamedFailure,
  writeInferAnswer,
  writeStreamedAnswer,
} from "../../../../src/dialects/oip/proto/write_infer_answer.ts";
import { plainBytes } from "../../../../src/encoding/protobuf_reader.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";
import { rowsOf } from "../tensors.ts";

const PROTO = fileURLToPath(new URL("../../../../proto/inference.proto", import.meta.url));
const root = new protobuf.Root().loadSync(PROTO, { keepCase: true });
const Request = root.lookupType("inference.ModelInferRequest");
const Response = root.lookupType("inference.ModelInferResponse");
const Streamed = root.lookupType("inference.ModelStreamInferResponse");

function read(fields: Record<string, unknown>, maxElements = 100): NamedInferRequest {
  const bytes = plainBytes(Request.encode(Request.fromObject(fields)).finish());
  return atOnce(readInferRequest(bytes, { maxElements }, new Slices()));
}

const name = fc.string({ maxLength: 20 });
const parameter = fc.oneof(
  fc.record({ bool_param: fc.boolean() }),
  fc.record({ int64_param: fc.maxSafeInteger() }),
  fc.record({ string_param: name }),
  fc.record({ double_param: fc.double({ noNaN: true }) }),
);
const parameters = fc.dictionary(name.filter((key) => key !== "__proto__"), parameter, {
  maxKeys: 4,
});
const tensor = fc.record({
  name,
  datatype: name,
  shape: fc.array(fc.integer({ min: -3, max: 2 ** 31 }), { maxLength: 4 }),
  parameters,
});

Deno.test("a request is read as protobufjs wrote it, raw contents as views", () => {
  fc.assert(fc.property(
    fc.record({
      model_name: name,
      model_version: name,
      id: name,
      parameters,
      inputs: fc.array(tensor, { maxLength: 3 }),
      outputs: fc.array(fc.record({ name, parameters }), { maxLength: 3 }),
    }),
    fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 3, maxLength: 3 }),
    (fields, contents) => {
      const raw = contents.slice(0, fields.inputs.length);
      const request = read({ ...fields, raw_input_contents: raw });
      assert.equal(request.model, fields.model_name);
      assert.equal(request.version, fields.model_version);
      assert.equal(request.id, fields.id);
      assert.deepEqual({ ...request.parameters }, plain(fields.parameters));
      assert.equal(request.inputs.length, fields.inputs.length);
      for (const [i, input] of request.inputs.entries()) {
        const sent = fields.inputs[i]!;
        assert.deepEqual(
          { ...input, parameters: { ...input.parameters } },
          {
            ...sent,
            parameters: plain(sent.parameters),
            contents: { kind: "raw", bytes: raw[i] },
          },
        );
      }
      assert.deepEqual(
        request.outputs.map((output) => ({ ...output, parameters: { ...output.parameters } })),
        fields.outputs.map((output) => ({ ...output, parameters: plain(output.parameters) })),
      );
    },
  ));
});

function plain(sent: Record<string, Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sent).map(([key, choice]) => [key, Object.values(choice)[0]]),
  );
}

Deno.test("typed contents of the two types that are read, others as none", () => {
  const contents = (fields: Record<string, unknown>) =>
    read({ inputs: [{ name: "x", contents: fields }] }).inputs[0]!.contents;
  const elements = [Uint8Array.of(1), new Uint8Array(0)];
  assert.deepEqual(contents({ bytes_contents: elements }), {
    kind: "typed",
    elements,
    uint8: new Uint8Array(0),
  });
  assert.deepEqual(contents({ uint_contents: [0, 7, 255, 128] }), {
    kind: "typed",
    elements: [],
    uint8: Uint8Array.of(0, 7, 255, 128),
  });
  const nothing = { kind: "typed", elements: [], uint8: new Uint8Array(0) };
  assert.deepEqual(contents({ fp32_contents: [1.5], int64_contents: [7] }), nothing);
  assert.deepEqual(read({ inputs: [{ name: "x" }] }).inputs[0]!.contents, nothing);
  assert.throws(() => contents({ uint_contents: [256] }), /'uint_contents' holds 256/);
});

Deno.test("contents that contradict each other, and too much of anything, are refused", () => {
  const refused = (fields: Record<string, unknown>, message: RegExp, kind = "invalid") =>
    assert.throws(() => read(fields, 3), (error: Error & { kind: string }) => {
      assert.match(error.message, message);
      assert.equal(error.kind, kind);
      return true;
    });
  const typed = { name: "x", contents: { bytes_contents: [Uint8Array.of(1)] } };
  refused({ inputs: [typed], raw_input_contents: [Uint8Array.of(1)] }, /cannot be given in one/);
  refused({ inputs: [], raw_input_contents: [Uint8Array.of(1)] }, /1 entries and 'inputs' 0/);
  refused({ inputs: Array(17).fill({}) }, /'inputs' has more than 16 entries/);
  refused({ outputs: Array(17).fill({}) }, /'outputs' has more than 16 entries/);
  refused({ inputs: [{ shape: Array(9).fill(1) }] }, /more than 8 dimensions/);
  const long = "x".repeat(5000);
  refused({ id: long }, /'id' is longer than 4096 bytes/);
  refused({ model_name: long }, /'model_name' is longer than 4096 bytes/);
  refused({ inputs: [{ datatype: long }] }, /'datatype' is longer than 4096 bytes/);
  refused({ outputs: [{ name: long }] }, /'name' is longer than 4096 bytes/);
  const value = { string_param: "x".repeat(70_000) };
  refused({ parameters: { value } }, /parameter has more than 65536 bytes/);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, { bool_param: true }]));
  refused({ parameters: many }, /more than 100 parameters/);
  const elements = Array(4).fill(Uint8Array.of(1));
  refused(
    { inputs: [{ contents: { bytes_contents: elements } }] },
    /too many elements/,
    "too_large",
  );
});

Deno.test("a name is nothing but a name", () => {
  const bytes = Uint8Array.of(
    34,
    17,
    10,
    9,
    ...new TextEncoder().encode("__proto__"),
    18,
    4,
    26,
    2,
    104,
    105,
  );
  const { parameters } = atOnce(readInferRequest(bytes, { maxElements: 1 }, new Slices()));
  assert.deepEqual(Object.entries(parameters), [["__proto__", "hi"]]);
});

Deno.test("answers are read by protobufjs, small ones and large ones", () => {
  for (const [count, size] of [[0, 4], [1, 4], [3, 4], [300, 512]] as const) {
    const vectors = Array.from(
      { length: count },
      (_, row) => Float32Array.from({ length: size }, (_, i) => row + i / size),
    );
    const answer = { model: "demo", id: "a", vectors, size };
    const expected = {
      model_name: "demo",
      model_version: "1",
      id: "a",
      outputs: [{ name: "EMBEDDING", datatype: "FP32", shape: [count, size] }],
    };
    const check = (decoded: { [key: string]: unknown }) => {
      const { raw_output_contents: [raw], ...head } = decoded as { raw_output_contents: string[] };
      assert.deepEqual(head, expected);
      assert.deepEqual(rowsOf(Uint8Array.fromBase64(raw!), size), vectors.map((row) => [...row]));
    };
    const options = { longs: Number, bytes: String };
    const bytes = atOnce(writeInferAnswer(answer, new Slices()));
    check(Response.toObject(Response.decode(bytes), options));
    const streamed = atOnce(writeStreamedAnswer(answer, new Slices()));
    check(Streamed.toObject(Streamed.decode(streamed), options)["infer_response"]);
  }
  const failure = Streamed.toObject(Streamed.decode(encodeStreamedFailure("no", "a")));
  assert.deepEqual(failure, { error_message: "no", infer_response: { id: "a" } });
});
