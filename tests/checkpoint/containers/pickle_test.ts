import assert from "node:assert/strict";
import { ByteCursor } from "../../../src/checkpoint/containers/byte_cursor.ts";
import { MemorySource } from "../../../src/checkpoint/containers/byte_source.ts";
import { readPickle } from "../../../src/checkpoint/containers/pickle.ts";
import {
  Dict,
  Opaque,
  TensorValue,
  Tuple,
} from "../../../src/checkpoint/containers/pickle_value.ts";
import { TorchGlobals } from "../../../src/checkpoint/containers/torch_globals.ts";
import { storageFromId } from "../../../src/checkpoint/containers/torch_storage.ts";
import { findTensors } from "../../../src/checkpoint/containers/tensor_walk.ts";
import { op, pickle, tensor } from "./pickle_bytes.ts";
import { refused } from "../refused.ts";

function read(bytes: Uint8Array): unknown {
  const globals = new TorchGlobals("x.pt");
  return readPickle(new ByteCursor(new MemorySource(bytes, "x.pt"), 0, bytes.length), {
    global: (module, name) => globals.global(module, name),
    persistent: (id) => storageFromId(id, "x.pt"),
  });
}

/** `module.name(*args)` with one text argument. */
function call(module: string, name: string, argument = "echo pwned"): Uint8Array {
  return pickle(op.global(module, name), op.mark, op.text(argument), op.tuple, op.reduce);
}

Deno.test("readPickle() builds plain containers", () => {
  const value = read(pickle(
    op.emptyDict,
    op.put(7),
    op.mark,
    ...[op.text("list"), op.emptyList, op.mark, op.int(-5), op.none, op.false, op.appends],
    ...[op.text("long"), op.long(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)],
    ...[op.text("minus"), op.long(0xff)],
    ...[op.text("self"), op.get(7)],
    op.setItems,
  ));
  assert.ok(value instanceof Dict);
  assert.deepEqual(value.entries.get("list"), [-5, null, false]);
  assert.equal(value.entries.get("long"), 0x1950a86a20f9469cfc6cn);
  assert.equal(value.entries.get("minus"), -1);
  assert.equal(value.entries.get("self"), value);
});

Deno.test("readPickle() refuses every global that is not on the list, by name, and calls nothing", () => {
  for (
    const [module, name] of [
      ["os", "system"],
      ["posix", "system"],
      ["builtins", "eval"],
      ["builtins", "getattr"],
      ["__builtin__", "exec"],
      ["subprocess", "Popen"],
      ["torch", "load"],
      ["torch.hub", "load"],
      ["torch._utils", "_rebuild_sparse_tensor"],
      ["torch", "HalfStorage.__class__"],
      ["__torch__evil", "x"],
      ["constructor", "constructor"],
      ["collections", "__proto__"],
      ["", ""],
    ] as const
  ) {
    const message = refused(() => read(call(module, name)), /not allowed/);
    assert.ok(message.includes(`'${module}.${name}'`), message);
    // Naming it without a call is enough, and so is naming it by text.
    refused(() => read(pickle(op.global(module, name))), /not allowed/);
    refused(
      () => read(pickle(op.text(module), op.text(name), op.stackGlobal)),
      /not allowed/,
    );
  }
});

Deno.test("readPickle() skips objects of harmless classes without building them", () => {
  for (
    const [module, name] of [
      ["argparse", "Namespace"],
      ["numpy.core.multiarray", "scalar"],
      ["numpy", "dtype"],
      ["datetime", "datetime"],
      ["_codecs", "encode"],
    ] as const
  ) {
    const value = read(call(module, name));
    assert.ok(value instanceof Opaque);
    assert.equal(value.className, `${module}.${name}`);
  }
  const built = read(pickle(
    op.global("argparse", "Namespace"),
    op.emptyTuple,
    op.newObject,
    ...[op.emptyDict, op.mark, op.text("lr"), op.int(1), op.setItems],
    op.build,
  ));
  assert.ok(built instanceof Opaque);
});

Deno.test("readPickle() builds tensors only inside of their storage", () => {
  const value = read(pickle(tensor("3", 12, [2, 3], [1, 2], 6)));
  assert.ok(value instanceof TensorValue);
  assert.deepEqual([value.offset, value.shape, value.strides], [6, [2, 3], [1, 2]]);
  const cases: [number, number[], number[], number, RegExp][] = [
    [12, [2, 3], [1, 2], 7, /reaches beyond its storage of 12/],
    [12, [13], [1], 0, /reaches beyond/],
    [12, [2], [-1], 1, /impossible strides/],
    [12, [-2], [1], 0, /impossible shape/],
    [12, [2], [1], -1, /impossible offset/],
    [12, [2, 2], [1], 0, /impossible strides/],
    [12, [0x7fffffff, 0x7fffffff, 0x7fffffff], [0, 0, 0], 0, /impossible shape/],
    [1, [4096, 4096], [0, 0], 0, /repeats a storage of 1 elements/],
    [1, new Array(9).fill(1), new Array(9).fill(1), 0, /no integer/],
  ];
  for (const [elements, shape, strides, offset, pattern] of cases) {
    refused(() => read(pickle(tensor("0", elements, shape, strides, offset))), pattern);
  }
  refused(() => read(pickle(tensor("0", -1, [1], [1]))), /no tensor storage/);
  refused(() => read(pickle(tensor("0", 1, [1], [1], 0, "QInt8Storage"))), /not allowed/);
  refused(() => read(pickle(op.text("module"), op.persistent)), /no tensor storage/);
});

Deno.test("readPickle() refuses broken pickles", () => {
  const cases: [Uint8Array, RegExp][] = [
    [pickle(), /an empty stack/],
    [pickle(op.int(1), op.int(2)), /values are left/],
    [pickle(op.get(0)), /memo entry 0, which was never set/],
    [pickle(op.tuple), /no mark/],
    [pickle(op.int(1), op.emptyTuple, op.reduce), /call of something that is no global/],
    [pickle(op.emptyList, op.mark, op.int(1), op.setItems), /no dict/],
    [pickle(op.emptyDict, op.mark, op.int(1), op.setItems), /a key without a value/],
    [pickle(op.int(1), op.mark, op.int(1), op.appends), /no list/],
    [pickle(op.int(1), op.emptyDict, op.build), /a state for something that has none/],
    [pickle([0x69]), /instruction 0x69/],
    [pickle([0x80, 9]), /protocol 9/],
    [pickle([0x58, 0xff, 0xff, 0xff, 0x7f]), /ends too early/],
    [pickle([0x8d, 0, 0, 0, 0, 0, 0, 0, 0x7f]), /string of/],
    [pickle([0x8b, 0, 0, 0, 0x40]), /integer of 1073741824 bytes/],
    [pickle([0x63, ...new Array(2000).fill(0x61), 0x0a]), /longer than 1024/],
    [pickle(op.global("torch", "HalfStorage"), op.emptyTuple, op.reduce), /a call of/],
  ];
  for (const [bytes, pattern] of cases) refused(() => read(bytes), pattern);
  const whole = pickle(tensor("3", 12, [2, 3], [1, 2], 6));
  for (let length = 0; length < whole.length; length++) {
    refused(() => read(whole.subarray(0, length)), /ends too early/);
  }
});

Deno.test("readPickle() bounds the stack, whatever is on it", () => {
  const deep = new Uint8Array(2 + 1_500_000).fill(0x28);
  deep.set([0x80, 2]);
  refused(() => read(deep), /more than 1000000 values deep/);
});

Deno.test("deeply nested tuples neither crash the reader nor the search for tensors", () => {
  const nested = pickle(op.emptyTuple, new Array(300_000).fill(0x85));
  assert.ok(read(nested) instanceof Tuple);
  refused(() => findTensors(read(nested), "x.pt"), /neither a module nor a state dict/);
});

/** A module whose `levels` sub-modules each hold the next one twice, or the first of all. */
function moduleChain(levels: number, cyclic: boolean): Uint8Array {
  const parts: (readonly number[])[] = [];
  for (let i = 0; i < levels; i++) {
    parts.push(op.global("__torch__", "M"), op.emptyTuple, op.newObject, op.put(i));
  }
  for (let i = levels - 1; i >= 0; i--) {
    const child = i + 1 < levels ? i + 1 : cyclic ? 0 : undefined;
    parts.push(op.emptyDict);
    if (child !== undefined) {
      parts.push(op.mark, op.text("a"), op.get(child), op.text("b"), op.get(child), op.setItems);
    }
    parts.push(op.build);
    // Keep only the first on the stack.
    if (i > 0) parts.push([0x30]);
  }
  return pickle(...parts);
}

Deno.test("findTensors() ends on cyclic modules and on exponentially shared ones", () => {
  refused(() => findTensors(read(moduleChain(1, true)), "x.pt"), /nest deeper|more than/);
  refused(() => findTensors(read(moduleChain(60, false)), "x.pt"), /nest deeper|more than/);
  refused(() => findTensors(read(moduleChain(200, false)), "x.pt"), /nest deeper|more than/);
});

Deno.test("findTensors() looks into training checkpoints", () => {
  const inner = [op.emptyDict, op.mark, op.text("w"), tensor("0", 1, [1], [1]), op.setItems];
  for (const entry of ["state_dict", "model_state_dict", "model", "ema", "model_ema"]) {
    const found = findTensors(
      read(
        pickle(
          op.emptyDict,
          op.mark,
          op.text("epoch"),
          op.int(3),
          op.text(entry),
          ...inner,
          op.setItems,
        ),
      ),
      "x.pt",
    );
    assert.deepEqual([[...found.tensors.keys()], found.entry], [["w"], entry]);
  }
  refused(
    () =>
      findTensors(
        read(pickle(op.emptyDict, op.mark, op.text("epoch"), op.int(3), op.setItems)),
        "x",
      ),
    /holds no tensors.*found the keys 'epoch'/,
  );
});

Deno.test("findTensors() takes averaged weights before others, however deep they lie, and says so", () => {
  const weights = (key: string) => [
    op.text(key),
    op.emptyDict,
    op.mark,
    op.text("a"),
    tensor("0", 1, [1], [1]),
    op.text("b"),
    tensor("0", 1, [1], [1]),
    op.setItems,
  ];
  const file = pickle(
    op.emptyDict,
    op.mark,
    op.text("step"),
    tensor("0", 1, [], []),
    ...weights("model"),
    op.text("ema"),
    op.emptyDict,
    op.mark,
    op.text("decay"),
    tensor("0", 1, [], []),
    ...weights("shadow"),
    op.setItems,
    op.setItems,
  );
  const found = findTensors(read(file), "x.pt");
  assert.deepEqual([[...found.tensors.keys()], found.entry], [["a", "b"], "ema.shadow"]);
  assert.match(found.notes.join(), /averaged ones of 'ema\.shadow' are taken, not 'model'/);
});
