/** A part as a Parquet table: the id, what the input says of a row, and its embeddings. */
import { columnValue } from "./columns.ts";
import { embeddingName } from "./names.ts";
import { ParquetFile, type ValueColumn } from "./parquet_file.ts";
import { type Part, readPart } from "./part.ts";
import { readRowLine, type StoredRow } from "./stored_row.ts";
import type { MetadataValue } from "../row.ts";

/** A column of values, and how a row has it. */
interface Field extends ValueColumn {
  of(row: StoredRow): MetadataValue | bigint;
}

/** Writes `id`, `place`, `text`, the columns of the metadata, and `embedding` (or one of each tower). */
export async function writeParquet(part: Part, file: Deno.FsFile): Promise<void> {
  const vectors = part.matrices.map(({ tower }) => embeddingName(tower));
  const own: Field[] = [
    { name: "id", type: "STRING", nullable: false, of: (row) => row.id },
    { name: "place", type: "STRING", nullable: true, of: (row) => row.place ?? null },
    textField("text", (row) => row.text ?? null),
  ];
  const taken = new Set([...own.map(({ name }) => name), ...vectors]);
  const fields = [...own, ...metadataFields(part, taken)];
  const lists = vectors.map((name) => ({ name, dimensions: part.dimensions }));
  await writeTable(new ParquetFile(file, fields, lists), part, fields);
}

/**
 * Writes what clip-retrieval has beside its matrices (clip-retrieval@2.45.0
 * `clip_inference/writer.py`): `image_path` where images were embedded, `caption` where there are
 * any, `key`, and the other columns.
 */
export async function writeClipRetrievalMetadata(part: Part, file: Deno.FsFile): Promise<void> {
  const own: Field[] = [];
  const others = { ...part.columns };
  if (part.matrices.some(({ tower }) => tower === "image")) {
    own.push(textField("image_path", imagePath));
    delete others.image_path;
  }
  if (part.texts || "caption" in others) own.push(textField("caption", caption));
  delete others.caption;
  own.push({ name: "key", type: "STRING", nullable: false, of: (row) => row.id });
  const fields = [
    ...own,
    ...metadataFields({ columns: others }, new Set(own.map(({ name }) => name))),
  ];
  await writeTable(new ParquetFile(file, fields, []), { ...part, matrices: [] }, fields);
}

async function writeTable(
  table: ParquetFile,
  part: Part,
  fields: readonly Field[],
): Promise<void> {
  for await (const { lines, vectors } of readPart(part)) {
    const rows = lines.map(readRowLine);
    await table.writeGroup(fields.map((field) => rows.map(field.of)), vectors);
  }
  await table.finish();
}

function textField(name: string, of: (row: StoredRow) => string | null): Field {
  return { name, type: "STRING", nullable: true, of };
}

/** Where the image lies, as the input names it. */
function imagePath({ metadata, place, id }: StoredRow): string {
  const named = metadata?.image_path;
  return typeof named === "string" ? named : place ?? id;
}

function caption({ metadata, text }: StoredRow): string | null {
  const named = metadata?.caption ?? null;
  return text ?? (named === null ? null : String(named));
}

const TYPES = { integer: "INT64", number: "DOUBLE", boolean: "BOOLEAN", text: "STRING" } as const;

/** The columns of the metadata; one that is called like one of ours gets a `_` behind its name. */
function metadataFields(
  { columns }: Pick<Part, "columns">,
  taken: ReadonlySet<string>,
): Field[] {
  const names = new Set([...taken, ...Object.keys(columns)]);
  return Object.entries(columns).map(([column, kind]) => {
    let name = column;
    if (taken.has(column)) { while (names.has(name)) name += "_"; }
    names.add(name);
    return {
      name,
      type: TYPES[kind ?? "text"],
      nullable: true,
      // A row without it may be asked for a `constructor`.
      of: ({ metadata = {} }) =>
        Object.hasOwn(metadata, column) ? columnValue(metadata[column], kind) : null,
    };
  });
}
