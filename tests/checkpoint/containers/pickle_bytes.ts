/** Pickles for tests, instruction by instruction. */

const encode = (text: string) => [...new TextEncoder().encode(text)];
const int32 = (
  value: number,
) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

/** Byte lists of single instructions; join them with `pickle`. */
export const op = {
  mark: [0x28],
  tuple: [0x74],
  emptyTuple: [0x29],
  emptyDict: [0x7d],
  emptyList: [0x5d],
  setItem: [0x73],
  setItems: [0x75],
  appends: [0x65],
  reduce: [0x52],
  newObject: [0x81],
  build: [0x62],
  persistent: [0x51],
  none: [0x4e],
  false: [0x89],
  stackGlobal: [0x93],
  text: (value: string) => [0x58, ...int32(encode(value).length), ...encode(value)],
  int: (value: number) => [0x4a, ...int32(value)],
  long: (...bytes: number[]) => [0x8a, bytes.length, ...bytes],
  global: (module: string, name: string) => [0x63, ...encode(`${module}\n${name}\n`)],
  put: (index: number) => [0x72, ...int32(index)],
  get: (index: number) => [0x6a, ...int32(index)],
} as const;

/** Protocol 2, the instructions, STOP. */
export function pickle(...instructions: (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array([0x80, 2, ...instructions.flat(), 0x2e]);
}

/** A float32 tensor of `data/<key>`. */
export function tensor(
  key: string,
  elements: number,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
  storageClass = "FloatStorage",
): number[] {
  return [
    ...op.global("torch._utils", "_rebuild_tensor_v2"),
    ...op.mark,
    ...op.mark,
    ...op.text("storage"),
    ...op.global("torch", storageClass),
    ...op.text(key),
    ...op.text("cpu"),
    ...op.int(elements),
    ...op.tuple,
    ...op.persistent,
    ...op.int(offset),
    ...op.mark,
    ...shape.flatMap(op.int),
    ...op.tuple,
    ...op.mark,
    ...strides.flatMap(op.int),
    ...op.tuple,
    ...op.false,
    ...op.global("collections", "OrderedDict"),
    ...op.emptyTuple,
    ...op.reduce,
    ...op.tuple,
    ...op.reduce,
  ];
}
