/** Inputs made of rows in memory, or of rows that are made when they are asked for. */
import type { Input, InputRow, Row } from "../../../src/bulk/row.ts";

/** A row of a text. */
export function textRow(text: string, key: string, metadata: Row["metadata"] = {}): Row {
  return { key, text, metadata, place: key };
}

/** A row of an image: the bytes of a text, as `NumbersEmbedder` takes them. */
export function imageRow(content: string, key: string, metadata: Row["metadata"] = {}): Row {
  return { key, image: () => new TextEncoder().encode(content), metadata, place: `in/${key}` };
}

/** An input of `count` rows, each made by its index. */
export function rowsInput(count: number, row: (index: number) => InputRow): Input {
  return {
    name: "rows",
    fingerprint: `${count} rows`,
    count,
    async *rows(skip, signal) {
      for (let i = skip; i < count && !signal.aborted; i++) yield row(i);
    },
  };
}
