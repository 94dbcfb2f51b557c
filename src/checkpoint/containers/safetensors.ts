/**
 * `.safetensors`: u64 header length, a JSON header, raw values. The rules are those of the
 * reference implementation (huggingface/safetensors): tensors cover the data without gap or overlap.
 */

import type { ByteSource } from "./byte_source.ts";
import { checkRange } from "./byte_source.ts";
import { type ElementType, itemBytes } from "./dtype.ts";
import type { RawCheckpoint } from "./raw_checkpoint.ts";
import { quote, refuse } from "../refuse.ts";
import { contiguousStrides, elementCount, MAX_DIMENSIONS, type StoredTensor } from "./tensor.ts";

/** ViT-g-14's header has 150 kB; the reference allows 100 MB. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

const DTYPES: Readonly<Record<string, ElementType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
  F8_E4M3: "float8_e4m3",
  F8_E5M2: "float8_e5m2",
};

interface Region {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** In bytes, from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

/** Whether a file that starts with `head` is in this format: its header is a JSON object. */
export function isSafetensors(head: Uint8Array): boolean {
  return head[8] === 0x7b;
}

/** Reads a `.safetensors` file; owns `source` from here on. @throws {ClipError} */
export function readSafetensors(source: ByteSource): RawCheckpoint {
  const { label } = source;
  checkRange(source, 0, 8, "the header's length");
  const headerBytes = Number(new DataView(source.read(0, 8).buffer).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES) {
    throw refuse(
      label,
      `its header claims ${headerBytes} bytes, at most ${MAX_HEADER_BYTES} are read`,
    );
  }
  checkRange(source, 8, headerBytes, "the header");
  const { regions, metadata } = parseHeader(source.read(8, headerBytes), label);
  const base = 8 + headerBytes;
  checkCoverage(regions, source.size - base, label);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, begin } of regions) {
    tensors.set(name, {
      label,
      type,
      shape,
      strides: contiguousStrides(shape),
      offset: 0,
      storage: { read: (at, length) => source.read(base + begin + at, length) },
    });
  }
  return {
    label,
    format: "safetensors",
    tensors,
    provenance: metadata,
    close: () => source.close(),
  };
}

function parseHeader(
  bytes: Uint8Array,
  label: string,
): { regions: Region[]; metadata: Map<string, string> } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuse(label, "its header is not valid JSON", error);
  }
  if (!isObject(header)) throw refuse(label, "its header is not a JSON object");
  const regions: Region[] = [];
  const metadata = new Map<string, string>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") {
      regions.push(parseEntry(name, entry, label));
    } else if (isObject(entry)) {
      for (const [key, value] of Object.entries(entry).slice(0, 100)) {
        if (typeof value === "string") metadata.set(key, value);
      }
    }
  }
  return { regions, metadata };
}

function parseEntry(name: string, entry: unknown, label: string): Region {
  const fault = (what: string) => refuse(label, `tensor ${quote(name)} ${what}`);
  if (!isObject(entry)) throw fault("is not described by a JSON object");
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeof dtype === "string" && Object.hasOwn(DTYPES, dtype)
    ? DTYPES[dtype]
    : undefined;
  if (type === undefined) throw fault(`has the unknown dtype ${quote(String(dtype))}`);
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS) throw fault("has no usable shape");
  const count = shape.every((size) => typeof size === "number") ? elementCount(shape) : undefined;
  if (count === undefined) throw fault(`has the impossible shape ${quote(JSON.stringify(shape))}`);
  if (!Array.isArray(offsets) || offsets.length !== 2) throw fault("has no data_offsets");
  const [begin, end] = offsets;
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin) {
    throw fault(`has the impossible data_offsets [${quote(JSON.stringify(offsets))}]`);
  }
  const wanted = count * itemBytes(type);
  if (end - begin !== wanted) {
    throw fault(
      `of dtype ${dtype} and shape [${shape}] needs ${wanted} bytes, but its data_offsets ` +
        `[${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

/** The format forbids gaps, too: bytes that no tensor owns could be another file. */
function checkCoverage(regions: readonly Region[], dataBytes: number, label: string): void {
  const sorted = [...regions].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let previous = "the start";
  for (const { name, begin, end } of sorted) {
    if (end > dataBytes) {
      throw refuse(
        label,
        `tensor ${quote(name)} ends at byte ${end} of the data, which has ${dataBytes}: the file ` +
          "is cut off or its offsets are wrong",
      );
    }
    if (begin < at) throw refuse(label, `tensors ${previous} and ${quote(name)} overlap`);
    if (begin > at) {
      throw refuse(
        label,
        `${begin - at} bytes before tensor ${
          quote(name)
        } belong to no tensor, which the format forbids`,
      );
    }
    at = end;
    previous = quote(name);
  }
  if (at !== dataBytes) {
    throw refuse(
      label,
      `its last ${dataBytes - at} bytes belong to no tensor, which the format forbids`,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
