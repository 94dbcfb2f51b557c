/**
 * The allow list of the pickle reader: the globals that tensors and plain containers need. Nothing
 * is imported or called by name; each entry is a function of ours or a class to be skipped.
 */

import { type ElementType, itemBytes } from "./dtype.ts";
import {
  type AllowedGlobal,
  Dict,
  DtypeValue,
  GlobalValue,
  Opaque,
  type StorageValue,
  TensorValue,
  Tuple,
} from "./pickle_value.ts";
import { quote, refuse } from "../refuse.ts";
import { contiguousStrides, MAX_DIMENSIONS, viewFault } from "./tensor.ts";

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

const DTYPES: Readonly<Record<string, ElementType>> = {
  float64: "float64",
  double: "float64",
  float32: "float32",
  float: "float32",
  float16: "float16",
  half: "float16",
  bfloat16: "bfloat16",
  int64: "int64",
  int32: "int32",
  int16: "int16",
  int8: "int8",
  uint64: "uint64",
  uint32: "uint32",
  uint16: "uint16",
  uint8: "uint8",
  bool: "bool",
  float8_e4m3fn: "float8_e4m3",
  float8_e5m2: "float8_e5m2",
};

/** Classes whose objects occur in training checkpoints; they are skipped, never built. */
const OPAQUE: ReadonlySet<string> = new Set([
  "argparse.Namespace",
  "types.SimpleNamespace",
  "datetime.datetime",
  "datetime.timedelta",
  "pathlib.Path",
  "pathlib.PosixPath",
  "pathlib.PurePosixPath",
  "pathlib.WindowsPath",
  "torch.device",
  "torch.Generator",
  "torch.serialization._get_layout",
  "numpy.dtype",
  "numpy.ndarray",
  "numpy.core.multiarray.scalar",
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray.scalar",
  "numpy._core.multiarray._reconstruct",
  "_codecs.encode",
]);

const MAX_COPIED_ITEMS = 1_000_000;

/** Resolves globals for one file; errors name the file and the global. */
export class TorchGlobals {
  readonly #label: string;
  #copiedItems = 0;
  readonly #resolved = new Map<string, GlobalValue>();
  readonly #functions: Readonly<Record<string, (args: readonly unknown[]) => unknown>>;

  constructor(label: string) {
    this.#label = label;
    const list = (args: readonly unknown[]) => asItems(args[0]) ?? [];
    const dict = (args: readonly unknown[]) => this.#dict(args);
    const tensor = (args: readonly unknown[]) => this.#tensor(args);
    const parameter = (args: readonly unknown[]) => this.#parameter(args);
    this.#functions = {
      "collections.OrderedDict": dict,
      "builtins.dict": dict,
      "__builtin__.dict": dict,
      "collections.defaultdict": () => new Dict(),
      "builtins.set": list,
      "__builtin__.set": list,
      "builtins.frozenset": list,
      "__builtin__.frozenset": list,
      "builtins.list": list,
      "__builtin__.list": list,
      "torch.Size": (args) => new Tuple(asItems(args[0]) ?? []),
      "torch._utils._rebuild_tensor": tensor,
      "torch._utils._rebuild_tensor_v2": tensor,
      "torch._utils._rebuild_tensor_v3": tensor,
      "torch._utils._rebuild_parameter": parameter,
      "torch._utils._rebuild_parameter_with_state": parameter,
      "torch._tensor._rebuild_from_type_v2": (args) => this.#fromType(args),
      // Typed lists of TorchScript attributes.
      "torch.jit._pickle.build_intlist": list,
      "torch.jit._pickle.build_doublelist": list,
      "torch.jit._pickle.build_boollist": list,
      "torch.jit._pickle.build_tensorlist": list,
      "torch.jit._pickle.restore_type_tag": (args) => args[0],
    };
  }

  /** The global `module.name`. @throws {ClipError} naming it, if it is not on the list */
  global(module: string, name: string): GlobalValue {
    const path = `${module}.${name}`;
    let value = this.#resolved.get(path);
    if (value === undefined) {
      value = new GlobalValue(path, this.#allow(module, name, path));
      this.#resolved.set(path, value);
    }
    return value;
  }

  #allow(module: string, name: string, path: string): AllowedGlobal {
    const call = Object.hasOwn(this.#functions, path) ? this.#functions[path] : undefined;
    if (call !== undefined) return { kind: "function", call };
    if (module.startsWith("__torch__.") || module === "__torch__") return { kind: "module" };
    if (module === "torch" && Object.hasOwn(STORAGE_TYPES, name)) {
      return { kind: "storage", type: STORAGE_TYPES[name] };
    }
    if (
      path === "torch.storage.UntypedStorage" || path === "torch.storage.TypedStorage" ||
      path === "torch.UntypedStorage"
    ) {
      return { kind: "storage", type: undefined };
    }
    if (module === "torch" && Object.hasOwn(DTYPES, name)) {
      const dtype = new DtypeValue(DTYPES[name]);
      return { kind: "function", call: () => dtype };
    }
    if (OPAQUE.has(path)) return { kind: "opaque" };
    throw refuse(
      this.#label,
      `its pickle names the global ${quote(path)}, which is not allowed: only tensors and plain ` +
        "containers are read, and no code is ever run. If you trust the file, save its state_dict " +
        "again, alone",
    );
  }

  #dict(args: readonly unknown[]): Dict {
    const source = args[0];
    // Not copied: a pickle that asks for a million copies of a large dict gets none.
    if (source instanceof Dict) return source;
    const dict = new Dict();
    // Python 2 passes the items: OrderedDict([[key, value], …]).
    for (const pair of asItems(source) ?? []) {
      if (++this.#copiedItems > MAX_COPIED_ITEMS) {
        throw refuse(this.#label, `its pickle builds dicts of more than ${MAX_COPIED_ITEMS} items`);
      }
      const items = asItems(pair);
      if (items?.length === 2) dict.entries.set(items[0], items[1]);
    }
    return dict;
  }

  #parameter(args: readonly unknown[]): unknown {
    const value = args[0];
    if (value instanceof TensorValue || value instanceof Opaque) return value;
    throw refuse(this.#label, "its pickle holds a parameter that is no tensor");
  }

  /** `(rebuild function, type, its arguments, state)`: tensors with Python attributes. */
  #fromType(args: readonly unknown[]): unknown {
    const [rebuild, , inner] = args;
    if (
      rebuild instanceof GlobalValue && rebuild.allowed.kind === "function" &&
      inner instanceof Tuple && rebuild.name.startsWith("torch._utils._rebuild_")
    ) {
      return rebuild.allowed.call(inner.items);
    }
    throw refuse(this.#label, "its pickle holds a tensor of an unknown kind");
  }

  /** `(storage, offset, size, stride, requires_grad, hooks, [dtype])`, offset and on in elements. */
  #tensor(args: readonly unknown[]): TensorValue {
    const [storage, offset, size, stride] = args;
    if (!isStorage(storage)) throw refuse(this.#label, "its pickle holds a tensor without storage");
    const dtype = args[6] instanceof GlobalValue ? dtypeOf(args[6]) : undefined;
    const shape = integers(size);
    const strides = stride === undefined && shape ? contiguousStrides(shape) : integers(stride);
    if (typeof offset !== "number" || shape === undefined || strides === undefined) {
      throw refuse(this.#label, "its pickle holds a tensor whose size or stride is no integer");
    }
    const type = dtype ?? storage.type;
    const elements = Math.floor(storage.elements * itemBytes(storage.type) / itemBytes(type));
    const fault = viewFault(shape, strides, offset, elements);
    if (fault !== undefined) {
      throw refuse(this.#label, `a tensor on storage ${quote(storage.key)} ${fault}`);
    }
    return new TensorValue(storage, type, offset, shape, strides);
  }
}

function dtypeOf(value: GlobalValue): ElementType | undefined {
  if (value.allowed.kind !== "function") return undefined;
  const dtype = value.allowed.call([]);
  return dtype instanceof DtypeValue ? dtype.type : undefined;
}

function isStorage(value: unknown): value is StorageValue {
  return typeof value === "object" && value !== null && "kind" in value &&
    value.kind === "storage";
}

function asItems(value: unknown): readonly unknown[] | undefined {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? value : undefined;
}

function integers(value: unknown): number[] | undefined {
  const items = asItems(value);
  if (items === undefined || items.length > MAX_DIMENSIONS) return undefined;
  if (!items.every((item) => Number.isSafeInteger(item))) return undefined;
  return [...items] as number[];
}
