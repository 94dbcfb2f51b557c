/** One checkpoint as a sharded set, as the Hugging Face libraries split large models. */
import { buildZip, type BuiltMember } from "./build_zip.ts";
import { op, pickle, tensor } from "./pickle_bytes.ts";

/** File name -> content, the index file included. */
export type ShardedFiles = Record<string, Uint8Array | string>;

interface SafetensorsHeader {
  [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
}

interface Parsed {
  header: SafetensorsHeader;
  data: Uint8Array;
}

function parse(bytes: Uint8Array): Parsed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  delete header.__metadata__;
  return { header, data: bytes.subarray(8 + length) };
}

function shardName(stem: string, part: number, parts: number, ending: string): string {
  const five = (value: number) => String(value).padStart(5, "0");
  return `${stem}-${five(part + 1)}-of-${five(parts)}.${ending}`;
}

/** A `.safetensors` file, its tensors dealt out to `parts` shards in turn. */
export function shardSafetensors(bytes: Uint8Array, parts: number): ShardedFiles {
  const { header, data } = parse(bytes);
  const files: ShardedFiles = {};
  const weightMap: Record<string, string> = {};
  for (let part = 0; part < parts; part++) {
    const file = shardName("model", part, parts, "safetensors");
    const mine: SafetensorsHeader = {};
    const pieces: Uint8Array[] = [];
    let end = 0;
    for (const [i, [name, { dtype, shape, data_offsets: [from, to] }]] of pairs(header)) {
      if (i % parts !== part) continue;
      mine[name] = { dtype, shape, data_offsets: [end, end += to - from] };
      pieces.push(data.subarray(from, to));
      weightMap[name] = file;
    }
    const json = new TextEncoder().encode(JSON.stringify(mine));
    const head = new Uint8Array(8);
    new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
    files[file] = concatenated([head, json, ...pieces]);
  }
  files["model.safetensors.index.json"] = JSON.stringify({ weight_map: weightMap });
  return files;
}

/** The tensors of a float32 `.safetensors` file as shards that `torch.save` wrote. */
export function shardAsTorch(bytes: Uint8Array, parts: number): ShardedFiles {
  const { header, data } = parse(bytes);
  const files: ShardedFiles = {};
  const weightMap: Record<string, string> = {};
  for (let part = 0; part < parts; part++) {
    const file = shardName("pytorch_model", part, parts, "bin");
    const members: BuiltMember[] = [];
    const values: number[][] = [];
    for (const [i, [name, { dtype, shape, data_offsets: [from, to] }]] of pairs(header)) {
      if (i % parts !== part || dtype !== "F32") continue;
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
      const key = String(members.length);
      values.push([...op.text(name), ...tensor(key, (to - from) / 4, shape, strides)]);
      members.push({ name: `archive/data/${key}`, data: data.slice(from, to) });
      weightMap[name] = file;
    }
    const pickled = pickle(op.emptyDict, op.mark, values.flat(), op.setItems);
    files[file] = buildZip([{ name: "archive/data.pkl", data: pickled }, ...members]);
  }
  files["pytorch_model.bin.index.json"] = JSON.stringify({ weight_map: weightMap });
  return files;
}

function pairs(header: SafetensorsHeader) {
  return Object.entries(header).entries();
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
