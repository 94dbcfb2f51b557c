/** How a body wants its vectors. */
import type { Executor } from "../../service/executors.ts";
import type { VectorForm } from "../../service/vector.ts";
import { readDimensions } from "../embed.ts";
import type { VectorFormat } from "../writing/vector_format.ts";
import type { EmbeddingsBody } from "./body.ts";

/** How vectors are written. */
export interface VectorEncoding {
  format: VectorFormat;
  /** Whole numbers as base64 of their bytes, and not as a list. */
  packed: boolean;
  /** Of base64. */
  half: boolean;
  /** Of base64. */
  bigEndian: boolean;
}

/** What a vector is to be, and how it is written. */
export interface VectorOptions {
  form: VectorForm;
  encoding: VectorEncoding;
}

/** @throws {FieldError} what the model cannot give. */
export function vectorOptions(body: EmbeddingsBody, executor: Executor): VectorOptions {
  const raw = [body.normalized, body.normalize, body.use_activation].includes(false);
  const key = body.dimensions ? "dimensions" : "output_dimension";
  return {
    form: { unit: !raw, dimensions: readDimensions(body[key], executor, key) },
    encoding: {
      format: formatOf(body),
      packed: isPacked(body),
      half: body.embed_dtype === "float16",
      bigEndian: body.endianness === "big",
    },
  };
}

/**
 * The one format of up to four fields. OpenAI's clients ask for base64 where their caller says
 * nothing, so that does not stand against another type, and is a way to write `float`.
 */
function formatOf(body: EmbeddingsBody): VectorFormat {
  const { embedding_type, encoding_type, encoding_format, output_dtype } = body;
  const type = (typeof embedding_type === "object" ? embedding_type?.[0] : embedding_type) ??
    encoding_type ?? output_dtype ?? "float";
  return type === "float" ? encoding_format ?? type : type;
}

/** Voyage's client asks for a type and for base64, and takes the bytes for that type's. */
function isPacked({ output_dtype, encoding_format }: EmbeddingsBody): boolean {
  return (output_dtype ?? "float") !== "float" && encoding_format === "base64";
}
