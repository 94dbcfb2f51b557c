/** A record of a table as a row to embed. */
import { ClipError } from "../../../errors.ts";
import type { InputRow, MetadataValue, Row } from "../../row.ts";
import { type ImageReferences, isDataUri } from "../images/image_references.ts";
import type { Columns } from "./columns.ts";

/** A record, and where it stands. */
export interface TableRecord {
  key: string;
  place: string;
  /** Names and values of all its columns: as JSON has them, and bytes, dates and big integers. */
  values: Iterable<readonly [string, unknown]>;
}

/** What reads the images of a table. */
export interface TableImages {
  references: ImageReferences;
  /** Where relative paths start. */
  folder: string;
  signal: AbortSignal;
}

/** The record as a row; one with neither text nor image is none. */
export function tableRow(record: TableRecord, columns: Columns, images: TableImages): InputRow {
  const { key, place } = record;
  const row: Row = { key, place, metadata: {} };
  const metadata: [string, MetadataValue][] = [];
  const missing = new Set([columns.text, columns.image].filter((name) => name !== undefined));
  try {
    for (const [name, value] of record.values) {
      let isEmbedded = false;
      if (name === columns.text) {
        const text = asText(value, name);
        if (text !== undefined) row.text = text;
        isEmbedded = true;
      }
      if (name === columns.image) {
        const image = asImage(value, name, images);
        if (image !== undefined) row.image = image;
        isEmbedded = !(typeof value === "string" && !isDataUri(value));
      }
      missing.delete(name);
      if (isEmbedded) continue;
      const told = asMetadata(value);
      if (told !== undefined) metadata.push([name, told]);
    }
  } catch (thrown) {
    return { key, place, reason: ClipError.wrap(thrown, "document").message };
  }
  if (row.text === undefined && row.image === undefined) {
    const names = [columns.text, columns.image].filter((name) => name !== undefined);
    const said = names.map((name) =>
      `column '${name}' is ${missing.has(name) ? "missing" : "empty"}`
    );
    return { key, place, reason: `There is nothing to embed: ${said.join(", ")}` };
  }
  // Not by assignment: a column may be called `__proto__`.
  row.metadata = Object.fromEntries(metadata);
  return row;
}

function asText(value: unknown, name: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  // Some writers of Parquet do not say that their texts are texts.
  if (value instanceof Uint8Array) return asText(decode(value, name), name);
  if (typeof value === "object") throw wrongType(name, value, "text");
  return String(value);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array, name: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new ClipError("document", `Column '${name}' holds bytes that are not UTF-8`);
  }
}

/** Bytes, a reference, or both in an object, as Hugging Face's datasets write images. */
function asImage(value: unknown, name: string, images: TableImages): Row["image"] {
  if (value === null || value === undefined || value === "") return undefined;
  if (value instanceof Uint8Array) return inMemory(value, name, images.references.maxBytes);
  if (typeof value === "string") {
    const { references, folder, signal } = images;
    return () => references.read(value, folder, signal);
  }
  if (typeof value === "object" && ("bytes" in value || "path" in value)) {
    const { bytes, path } = value as { bytes?: unknown; path?: unknown };
    return asImage(bytes ?? path, name, images);
  }
  throw wrongType(name, value, "an image: bytes, a path, a URL or a data: URI");
}

function inMemory(bytes: Uint8Array, name: string, maxBytes: number): Row["image"] {
  if (bytes.length === 0) return undefined;
  if (bytes.length > maxBytes) {
    const text = `The image in column '${name}' is larger than ${maxBytes} bytes`;
    throw new ClipError("document", text);
  }
  return () => bytes;
}

function wrongType(name: string, value: unknown, wanted: string): ClipError {
  const kind = Array.isArray(value)
    ? "a list"
    : typeof value === "object"
    ? "an object"
    : typeof value;
  return new ClipError("document", `Column '${name}' holds ${kind}, not ${wanted}`);
}

/** Undefined for what is left out: bytes. What is nested is told as JSON. */
export function asMetadata(value: unknown): MetadataValue | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "object":
      if (value === null) return null;
      if (ArrayBuffer.isView(value)) return undefined;
      if (value instanceof Date) return isNaN(value.getTime()) ? null : value.toISOString();
      return JSON.stringify(value, plainValue);
  }
  return value === undefined ? null : undefined;
}

/** What JSON has no words for. */
function plainValue(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return asMetadata(value);
  return ArrayBuffer.isView(value) ? undefined : value;
}
