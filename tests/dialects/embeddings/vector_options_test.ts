import assert from "node:assert/strict";
import { EMBEDDINGS_BODY } from "../../../src/dialects/embeddings/body.ts";
import { vectorOptions } from "../../../src/dialects/embeddings/vector_options.ts";
import { FieldError, typed } from "../../../src/dialects/reading/typed_body.ts";
import { FAKE_DIMENSIONS, FakeEncoder } from "../../support/fake_encoder.ts";

const EXECUTOR = {
  name: "clip_t",
  models: ["fake"],
  accessPaths: "@r",
  encoder: new FakeEncoder(),
  description: {},
};

function options(body: unknown) {
  return vectorOptions(typed(body, EMBEDDINGS_BODY), EXECUTOR as never);
}

Deno.test("vectors are of length 1 and floats unless the body says otherwise; null says nothing", () => {
  const plain = {
    form: { unit: true, dimensions: undefined },
    encoding: { format: "float", packed: false, half: false, bigEndian: false },
  };
  assert.deepEqual(options({}), plain);
  const nulls = Object.fromEntries(Object.keys(EMBEDDINGS_BODY.shape).map((key) => [key, null]));
  assert.deepEqual(options(nulls), plain);
  assert.deepEqual(
    options({ dimensions: 0, late_chunking: false, add_special_tokens: true }),
    plain,
  );
});

Deno.test("the format is asked for by three names; base64 is a way to write floats", () => {
  const format = (body: object) => options(body).encoding.format;
  assert.equal(format({ encoding_format: "base64" }), "base64");
  assert.equal(format({ embedding_type: "int8" }), "int8");
  assert.equal(format({ embedding_type: ["ubinary"] }), "ubinary");
  assert.equal(format({ encoding_type: "binary" }), "binary");
  // OpenAI's clients ask for base64 where their caller says nothing.
  assert.equal(format({ encoding_format: "base64", embedding_type: "int8" }), "int8");
  assert.equal(format({ encoding_format: "base64", embedding_type: "float" }), "base64");
});

Deno.test("Voyage's client says the type and how it is written apart", () => {
  const encoding = (body: object) => {
    const { format, packed } = options(body).encoding;
    return { format, packed };
  };
  const base64 = { encoding_format: "base64" };
  assert.deepEqual(encoding({ output_dtype: "int8", ...base64 }), { format: "int8", packed: true });
  assert.deepEqual(encoding({ output_dtype: "ubinary" }), { format: "ubinary", packed: false });
  const floats = { format: "base64", packed: false };
  assert.deepEqual(encoding({ output_dtype: "float", ...base64 }), floats);
});

Deno.test("raw vectors and fewer dimensions are asked for by several names", () => {
  for (const key of ["normalized", "normalize", "use_activation"]) {
    assert.equal(options({ [key]: false }).form.unit, false, key);
    assert.equal(options({ [key]: true }).form.unit, true, key);
  }
  for (const key of ["dimensions", "output_dimension"]) {
    assert.equal(options({ [key]: 3 }).form.dimensions, 3);
  }
  assert.equal(options({ dimensions: 0, output_dimension: 2 }).form.dimensions, 2);
});

Deno.test("the bytes of base64 may be halves, and in the other order", () => {
  const { encoding } = options({ embed_dtype: "float16", endianness: "big" });
  assert.deepEqual(encoding, { format: "float", packed: false, half: true, bigEndian: true });
  assert.equal(options({ embed_dtype: "float32", endianness: "native" }).encoding.half, false);
});

Deno.test("what is not done is refused by its name, and not left undone", () => {
  const wrong: Record<string, unknown[]> = {
    dimensions: [-1, 1.5, FAKE_DIMENSIONS + 1, "3"],
    output_dimension: [FAKE_DIMENSIONS + 1],
    encoding_format: ["bytes", "bytes_only", 1],
    embedding_type: [["float", "int8"], [], "sparse"],
    output_dtype: ["base64", "bfloat16"],
    embed_dtype: ["bfloat16", "fp8_e4m3"],
    endianness: ["middle"],
    modality: ["audio"],
    late_chunking: [true],
    return_multivector: [true],
    add_special_tokens: [false],
    truncation_side: ["left"],
    truncate_prompt_tokens: [10, "10"],
    normalized: ["yes"],
    model: [1],
  };
  for (const [key, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => options({ [key]: value }),
        (error) => error instanceof FieldError && error.param?.split(".")[0] === key,
        `${key}: ${JSON.stringify(value)}`,
      );
    }
  }
  for (const longest of [-1, 77, 1000]) options({ truncate_prompt_tokens: longest });
});
