/**
 * `torch.save` before PyTorch 1.6: five pickles in a row (magic number, protocol version, system
 * facts, the object, the list of storage keys), then each storage: int64 length and raw values.
 */

import { ByteCursor } from "./byte_cursor.ts";
import { type ByteSource, checkRange } from "./byte_source.ts";
import { itemBytes } from "./dtype.ts";
import { type PickleHost, readPickle } from "./pickle.ts";
import { Dict, type StorageValue, Tuple } from "./pickle_value.ts";
import type { RawCheckpoint } from "./raw_checkpoint.ts";
import { quote, refuse } from "../refuse.ts";
import type { Storage, StoredTensor } from "./tensor.ts";
import { findTensors } from "./tensor_walk.ts";
import { TorchGlobals } from "./torch_globals.ts";
import { storageFromId } from "./torch_storage.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** The magic number as LONG1 of ten bytes; before it PROTO, and from protocol 4 on a FRAME. */
const HEAD = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTO = 0x80;
const FRAME = 0x95;
/** For all five pickles together. */
const MAX_PICKLE_BYTES = 64 * 2 ** 20;

/** Whether a file that starts with `head` is in this format. */
export function isTorchLegacy(head: Uint8Array): boolean {
  const start = head[2] === FRAME ? 11 : 2;
  return head[0] === PROTO && HEAD.every((byte, i) => head[start + i] === byte);
}

/** Reads a file of the old format; owns `source` from here on. @throws {ClipError} */
export function readTorchLegacy(source: ByteSource): RawCheckpoint {
  const label = source.label;
  const cursor = new ByteCursor(source, 0, MAX_PICKLE_BYTES);
  const globals = new TorchGlobals(label);
  const sizes = new Map<string, number>();
  const host: PickleHost = {
    global: (module, name) => globals.global(module, name),
    persistent: (id) => {
      const storage = viewedStorage(id, storageFromId(id, label), label);
      const known = sizes.get(storage.key);
      const size = itemBytes(storage.type);
      if (known !== undefined && known !== size) {
        throw refuse(label, `its storage ${quote(storage.key)} has two element types`);
      }
      sizes.set(storage.key, size);
      return storage;
    },
  };
  const magic = readPickle(cursor, host);
  const protocol = readPickle(cursor, host);
  if (magic !== MAGIC || protocol !== PROTOCOL) {
    throw refuse(label, "it is not a torch.save file of protocol 1001");
  }
  checkSystem(readPickle(cursor, host), label);
  const found = findTensors(readPickle(cursor, host), label);
  const keys = readPickle(cursor, host);
  const regions = readRegions(source, cursor.position, keys, sizes);

  const tensors = new Map<string, StoredTensor>();
  for (const [name, { storage, type, offset, shape, strides }] of found.tensors) {
    const region = regions.get(storage.key);
    const size = itemBytes(storage.type);
    const needed = (storage.start + storage.elements) * size;
    if (region === undefined || region.length < needed) {
      throw refuse(
        label,
        `tensor ${quote(name)} needs ${needed} bytes of storage ${quote(storage.key)}, which ` +
          (region === undefined ? "the file does not have" : `has ${region.length}`),
      );
    }
    const base = region.offset + storage.start * size;
    const data: Storage = { read: (at, length) => source.read(base + at, length) };
    tensors.set(name, { label, type, shape, strides, offset, storage: data });
  }
  const facts = new Map<string, string>();
  if (found.entry !== undefined) facts.set("state dict in", found.entry);
  return {
    label,
    format: "torch-legacy",
    tensors,
    provenance: facts,
    notes: found.notes,
    close: () => source.close(),
  };
}

/** The sixth field of an id is `(key, offset, elements)` of a view on the storage, or None. */
function viewedStorage(id: unknown, storage: StorageValue, label: string): StorageValue {
  const view = id instanceof Tuple ? id.items[5] : undefined;
  if (view === undefined || view === null) return storage;
  const [, start, elements] = view instanceof Tuple ? view.items : [];
  const valid = typeof start === "number" && typeof elements === "number" &&
    Number.isSafeInteger(start) && Number.isSafeInteger(elements) &&
    start >= 0 && elements >= 0 && start + elements <= storage.elements;
  if (!valid) throw refuse(label, `a view of its storage ${quote(storage.key)} is out of bounds`);
  return { ...storage, start, elements };
}

function checkSystem(system: unknown, label: string): void {
  if (system instanceof Dict && system.entries.get("little_endian") === false) {
    throw refuse(
      label,
      "it was written on a big-endian machine: only little-endian files are read",
    );
  }
}

/** Where each storage's values lie; offsets and lengths in bytes. */
function readRegions(
  source: ByteSource,
  start: number,
  keys: unknown,
  sizes: ReadonlyMap<string, number>,
): Map<string, { offset: number; length: number }> {
  if (!Array.isArray(keys)) throw refuse(source.label, "its list of storages is missing");
  const regions = new Map<string, { offset: number; length: number }>();
  let at = start;
  for (const key of keys) {
    const size = sizes.get(String(key));
    if (size === undefined || regions.has(String(key))) {
      throw refuse(
        source.label,
        `it lists storage ${quote(String(key))}, which no tensor uses or twice`,
      );
    }
    checkRange(source, at, 8, `the length of storage ${quote(String(key))}`);
    const count = Number(new DataView(source.read(at, 8).buffer).getBigInt64(0, true));
    checkRange(source, at + 8, count * size, `storage ${quote(String(key))}`);
    regions.set(String(key), { offset: at + 8, length: count * size });
    at += 8 + count * size;
  }
  return regions;
}
