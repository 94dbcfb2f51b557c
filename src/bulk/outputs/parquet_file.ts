/**
 * Parquet files, written a row group at a time. Columns of values are hyparquet-writer's; a column
 * of embeddings (`list<float>`, all of one length) is one page of the bytes as they are, since the
 * library would take every number for itself: 100 times as long.
 */
import type { ColumnChunk, SchemaElement } from "hyparquet";
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { VERSION } from "../../version.ts";
import { writeAll } from "./spool_file.ts";

/** A column of values. */
export interface ValueColumn {
  name: string;
  type: "STRING" | "INT64" | "DOUBLE" | "BOOLEAN";
  /** Whether there may be nulls. */
  nullable: boolean;
}

/** A column of embeddings. */
export interface VectorColumn {
  name: string;
  /** Numbers of each. */
  dimensions: number;
}

/** A file being written. */
export class ParquetFile {
  readonly #file: Deno.FsFile;
  readonly #values: readonly ValueColumn[];
  readonly #vectors: readonly VectorColumn[];
  readonly #buffer = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(
    file: Deno.FsFile,
    values: readonly ValueColumn[],
    vectors: readonly VectorColumn[],
  ) {
    this.#file = file;
    this.#values = values;
    this.#vectors = vectors;
    this.#writer = new ParquetWriter({
      writer: this.#buffer,
      schema: schemaOf(values, vectors),
      createdBy: `clipline version ${VERSION}`,
    });
  }

  /**
   * Writes a row group: of each column of values the values, and of each column of embeddings the
   * bytes of all, float32.
   */
  async writeGroup(
    values: readonly ColumnSource["data"][],
    vectors: readonly Uint8Array[],
  ): Promise<void> {
    const rows = values[0]!.length;
    this.#writer.write({
      columnData: this.#values.map(({ name }, i) => ({ name, data: values[i]! })),
      rowGroupSize: rows,
    });
    const group = this.#writer.row_groups.at(-1)!;
    for (const [i, column] of this.#vectors.entries()) {
      const chunk = await this.#writeVectors(column, rows, vectors[i]!);
      group.columns.push(chunk);
      group.total_byte_size += chunk.meta_data!.total_uncompressed_size;
      group.total_compressed_size = (group.total_compressed_size ?? 0n) +
        chunk.meta_data!.total_compressed_size;
    }
    await this.#drain();
  }

  /** Writes the end of the file. */
  async finish(): Promise<void> {
    this.#writer.finish();
    await this.#drain();
  }

  async #writeVectors(
    { name, dimensions }: VectorColumn,
    rows: number,
    bytes: Uint8Array,
  ): Promise<ColumnChunk> {
    const { repetition, definition } = listLevels(rows, dimensions);
    const start = this.#buffer.offset;
    const size = repetition.length + definition.length + bytes.length;
    writePageHeader(this.#buffer, {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: size,
      compressed_page_size: size,
      data_page_header_v2: {
        num_values: rows * dimensions,
        num_nulls: 0,
        num_rows: rows,
        encoding: "PLAIN",
        definition_levels_byte_length: definition.length,
        repetition_levels_byte_length: repetition.length,
        is_compressed: false,
      },
    });
    this.#buffer.appendBytes(repetition);
    this.#buffer.appendBytes(definition);
    await this.#drain();
    await writeAll(this.#file, bytes);
    this.#buffer.offset += bytes.length;
    const written = BigInt(this.#buffer.offset - start);
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: "FLOAT",
        encodings: ["PLAIN", "RLE"],
        path_in_schema: [name, "list", "element"],
        codec: "UNCOMPRESSED",
        num_values: BigInt(rows * dimensions),
        total_compressed_size: written,
        total_uncompressed_size: written,
        data_page_offset: BigInt(start),
      },
    };
  }

  async #drain(): Promise<void> {
    await writeAll(this.#file, this.#buffer.getBytes());
    this.#buffer.index = 0;
  }
}

function schemaOf(
  values: readonly ValueColumn[],
  vectors: readonly VectorColumn[],
): SchemaElement[] {
  return [
    { name: "root", num_children: values.length + vectors.length },
    ...values.map(({ name, type, nullable }): SchemaElement => ({
      name,
      repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
      ...(type === "STRING" ? { type: "BYTE_ARRAY", converted_type: "UTF8" } : { type }),
    })),
    ...vectors.flatMap(({ name }): SchemaElement[] => [
      { name, repetition_type: "REQUIRED", converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "REQUIRED", type: "FLOAT" },
    ]),
  ];
}

/**
 * The levels of lists of one length, as runs (Parquet's "RLE / bit-packing hybrid", width 1): a
 * number that begins a list repeats at 0, the others at 1; none is missing.
 */
function listLevels(rows: number, length: number) {
  const list = [...run(1, 0), ...(length > 1 ? run(length - 1, 1) : [])];
  const repetition = new Uint8Array(rows * list.length);
  for (let i = 0; i < rows; i++) repetition.set(list, i * list.length);
  return { repetition, definition: Uint8Array.from(run(rows * length, 1)) };
}

/** So many times one level: the count, a bit to the left, seven bits a byte; then the level. */
function run(count: number, level: number): number[] {
  const bytes: number[] = [];
  let left = count * 2;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push(left % 128 | 0x80);
  return [...bytes, left, level];
}
