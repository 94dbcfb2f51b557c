/** Zip archives of PyTorch: TorchScript (`torch.jit.save`) and `torch.save` since 1.6. */

import { ByteCursor } from "./byte_cursor.ts";
import { type ByteSource, MemorySource } from "./byte_source.ts";
import { itemBytes } from "./dtype.ts";
import { readPickle } from "./pickle.ts";
import { ModuleRecord } from "./pickle_value.ts";
import type { RawCheckpoint } from "./raw_checkpoint.ts";
import { quote, refuse } from "../refuse.ts";
import type { StoredTensor } from "./tensor.ts";
import { findTensors } from "./tensor_walk.ts";
import { TorchGlobals } from "./torch_globals.ts";
import { storageFromId } from "./torch_storage.ts";
import { ZipArchive } from "./zip.ts";
import type { ZipMember } from "./zip_directory.ts";

/** The pickle of a training checkpoint with optimiser state has a few MB; weights are outside. */
const MAX_PICKLE_BYTES = 64 * 2 ** 20;
const MAX_NOTE_BYTES = 256;

/** Reads a PyTorch archive; owns `source` from here on. @throws {ClipError} */
export function readTorchZip(source: ByteSource): RawCheckpoint {
  const archive = new ZipArchive(source);
  const label = source.label;
  const root = findRoot(archive, label);
  const byteOrder = readNote(archive, `${root}/byteorder`);
  if (byteOrder !== undefined && byteOrder !== "little") {
    throw refuse(label, `its byte order is ${quote(byteOrder)}: only 'little' is read`);
  }
  const pickle = archive.members.get(`${root}/data.pkl`) as ZipMember;
  const bytes = archive.readWhole(pickle, MAX_PICKLE_BYTES);
  const cursor = new ByteCursor(new MemorySource(bytes, label), 0, bytes.length);
  const globals = new TorchGlobals(label);
  const value = readPickle(cursor, {
    global: (module, name) => globals.global(module, name),
    persistent: (id) => storageFromId(id, label),
  });
  const found = findTensors(value, label);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of found.tensors) {
    const { storage, type, offset, shape, strides } = tensor;
    const member = archive.members.get(`${root}/data/${storage.key}`);
    const wanted = storage.elements * itemBytes(storage.type);
    if (member === undefined || member.size < wanted) {
      throw refuse(
        label,
        `tensor ${quote(name)} needs ${wanted} bytes of storage ${quote(storage.key)}, which ` +
          (member === undefined ? "the archive does not have" : `has ${member.size}`),
      );
    }
    tensors.set(name, { label, type, shape, strides, offset, storage: archive.storage(member) });
  }
  return {
    label,
    format: archive.members.has(`${root}/constants.pkl`) ? "torchscript" : "torch",
    tensors,
    provenance: provenance(archive, root, value, found.entry),
    notes: found.notes,
    close() {
      archive.close();
      source.close();
    },
  };
}

/** The folder of `data.pkl`, which is named after the file it was saved to. */
function findRoot(archive: ZipArchive, label: string): string {
  for (const name of archive.members.keys()) {
    const match = /^([^/]+)\/data\.pkl$/.exec(name);
    if (match !== null) return match[1] as string;
  }
  const names = [...archive.members.keys()].slice(0, 5).map(quote).join(", ");
  throw refuse(
    label,
    `it is a ZIP archive without a PyTorch 'data.pkl'; it holds ${names || "nothing"}`,
  );
}

function readNote(archive: ZipArchive, name: string): string | undefined {
  const member = archive.members.get(name);
  if (member === undefined || member.size > MAX_NOTE_BYTES) return undefined;
  return new TextDecoder().decode(archive.readWhole(member, MAX_NOTE_BYTES)).trim();
}

function provenance(
  archive: ZipArchive,
  root: string,
  value: unknown,
  entry: string | undefined,
): Map<string, string> {
  const facts = new Map<string, string>([["archive folder", root]]);
  const version = readNote(archive, `${root}/version`) ??
    readNote(archive, `${root}/.data/version`);
  if (version !== undefined) facts.set("archive version", version);
  const id = readNote(archive, `${root}/.data/serialization_id`);
  if (id !== undefined) facts.set("serialization id", id);
  if (value instanceof ModuleRecord) facts.set("class", value.className);
  if (entry !== undefined) facts.set("state dict in", entry);
  return facts;
}
