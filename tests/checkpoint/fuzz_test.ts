/** Damaged fixtures: whatever is changed, a clear error or a model comes out, and nothing else. */

import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { ByteCursor } from "../../src/checkpoint/containers/byte_cursor.ts";
import { MemorySource } from "../../src/checkpoint/containers/byte_source.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { readPickle } from "../../src/checkpoint/containers/pickle.ts";
import type { RawCheckpoint } from "../../src/checkpoint/containers/raw_checkpoint.ts";
import { readStored } from "../../src/checkpoint/containers/tensor.ts";
import { findTensors } from "../../src/checkpoint/containers/tensor_walk.ts";
import { TorchGlobals } from "../../src/checkpoint/containers/torch_globals.ts";
import { readTorchLegacy } from "../../src/checkpoint/containers/torch_legacy.ts";
import { storageFromId } from "../../src/checkpoint/containers/torch_storage.ts";
import { readTorchZip } from "../../src/checkpoint/containers/torch_zip.ts";
import { ZipArchive } from "../../src/checkpoint/containers/zip.ts";
import { ClipError } from "../../src/errors.ts";
import { CHECKPOINTS, fixtureBytes, variant, withFolder } from "./fixture_files.ts";

interface Mutation {
  /** Where, as a fraction of the region. */
  at: number;
  /** Bytes to write there. */
  bytes: Uint8Array;
}

/** A fraction; fast-check's own doubles prefer the extremes, and with them the first byte. */
const uniform = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((n) => n / 1e6);

/** Single bytes, and the values that parsers trip over. */
const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    at: uniform,
    bytes: fc.oneof(
      { arbitrary: fc.uint8Array({ minLength: 1, maxLength: 1 }), weight: 4 },
      fc.constantFrom(
        new Uint8Array([0xff, 0xff, 0xff, 0xff]),
        new Uint8Array([0xff, 0xff, 0xff, 0x7f]),
        new Uint8Array(8).fill(0xff),
        new Uint8Array(4),
      ),
    ),
  }),
  { minLength: 1, maxLength: 2 },
);

function mutate(
  bytes: Uint8Array,
  changes: readonly Mutation[],
  regions: readonly (readonly [start: number, end: number])[],
): Uint8Array {
  const mutated = bytes.slice();
  const total = regions.reduce((sum, [start, end]) => sum + end - start, 0);
  for (const { at, bytes: patch } of changes) {
    let place = Math.floor(at * total);
    for (const [start, end] of regions) {
      if (place < end - start) {
        mutated.set(patch.subarray(0, bytes.length - start - place), start + place);
        break;
      }
      place -= end - start;
    }
  }
  return mutated;
}

/** How many of the mutated inputs `body` still reads; all others must be refused properly. */
function survivors(
  bytes: Uint8Array,
  regions: readonly (readonly [number, number])[],
  body: (mutated: Uint8Array) => void,
  numRuns: number,
): number {
  let read = 0;
  fc.assert(
    fc.property(mutations, (changes) => {
      try {
        body(mutate(bytes, changes, regions));
        read++;
      } catch (error) {
        assert.ok(error instanceof ClipError, `${error instanceof Error ? error.stack : error}`);
        assert.equal(error.kind, "model");
        assert.ok(error.message.length < 4000);
      }
    }),
    { seed: 20, numRuns },
  );
  return read;
}

function readAll(checkpoint: RawCheckpoint): void {
  for (const tensor of checkpoint.tensors.values()) readStored(tensor);
  checkpoint.close();
}

function readPickleBytes(bytes: Uint8Array): void {
  const globals = new TorchGlobals("x.pt");
  const value = readPickle(new ByteCursor(new MemorySource(bytes, "x.pt"), 0, bytes.length), {
    global: (module, name) => globals.global(module, name),
    persistent: (id) => storageFromId(id, "x.pt"),
  });
  findTensors(value, "x.pt");
}

Deno.test("mutated pickles are read or refused", () => {
  for (const bytes of [fixtureBytes("vit-b/openai_jit.pt"), variant("train_checkpoint.pt")]) {
    const archive = new ZipArchive(new MemorySource(bytes, "x.pt"));
    const member = [...archive.members.values()].find(({ name }) =>
      /^[^/]+\/data\.pkl$/.test(name)
    );
    assert.ok(member !== undefined);
    const data = archive.readWhole(member, 1e6);
    const read = survivors(data, [[0, data.length]], readPickleBytes, 3000);
    // A changed name or size is no error here; a test in which everything fails at once tests little.
    assert.ok(read > 50 && read < 2900, `${read} of 3000`);
  }
});

Deno.test("mutated archives are read or refused", () => {
  const bytes = variant("state_mixed_torch2.pt");
  const directory = bytes.length - 5000;
  const archive = new ZipArchive(new MemorySource(bytes, "x.pt"));
  const headers = [...archive.members.values()].map(({ dataOffset }) =>
    [Math.max(0, dataOffset - 50), dataOffset] as const
  );
  const read = survivors(
    bytes,
    [...headers, [directory, bytes.length], [0, 6000]],
    (mutated) => readAll(readTorchZip(new MemorySource(mutated, "x.pt"))),
    800,
  );
  assert.ok(read > 10 && read < 790, `${read} of 800`);
});

Deno.test("mutated files of the old format are read or refused", () => {
  const bytes = variant("state_mixed_legacy.pt");
  const read = survivors(
    bytes,
    [[0, 8000]],
    (mutated) => readAll(readTorchLegacy(new MemorySource(mutated, "x.pt"))),
    1500,
  );
  assert.ok(read > 30 && read < 1450, `${read} of 1500`);
});

Deno.test("cut files are refused", () => {
  const legacy = variant("state_mixed_legacy.pt");
  const zip = variant("state_mixed.pt");
  fc.assert(
    fc.property(uniform, (fraction) => {
      for (const [bytes, reader] of [[legacy, readTorchLegacy], [zip, readTorchZip]] as const) {
        const cut = bytes.subarray(0, Math.floor(fraction * bytes.length));
        assert.throws(
          () => readAll(reader(new MemorySource(cut, "x.pt"))),
          (error) => error instanceof ClipError && error.kind === "model",
        );
      }
    }),
    { seed: 21, numRuns: 300 },
  );
});

Deno.test("a CLIP with mutated header or config opens or is refused", () => {
  const bytes = fixtureBytes("vit-c/hf/model.safetensors");
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = Deno.readTextFileSync(join(CHECKPOINTS, "vit-c/hf/config.json"));
  withFolder({}, (folder) => {
    const open = () => openCheckpoint(folder).close();
    Deno.writeTextFileSync(join(folder, "config.json"), text);
    const opened = survivors(bytes, [[8, 8 + headerBytes]], (mutated) => {
      Deno.writeFileSync(join(folder, "model.safetensors"), mutated);
      open();
    }, 300);
    assert.ok(opened < 290, `${opened} of 300`);

    Deno.writeFileSync(join(folder, "model.safetensors"), bytes);
    const config = new TextEncoder().encode(text);
    survivors(config, [[0, config.length]], (mutated) => {
      Deno.writeFileSync(join(folder, "config.json"), mutated);
      open();
    }, 500);

    // Any JSON at any key that is read.
    const keys = [
      "hidden_act",
      "num_attention_heads",
      "hidden_size",
      "layer_norm_eps",
      "image_size",
    ];
    const section = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()),
    );
    fc.assert(
      fc.property(section, section, fc.jsonValue(), (text_config, vision_config, value) => {
        const hostile = {
          text_config,
          vision_config,
          projection_dim: value,
          model_cfg: { embed_dim: value, vision_cfg: vision_config, text_cfg: text_config },
          preprocess_cfg: { mean: value, std: value },
          image_mean: value,
        };
        for (const file of ["config.json", "open_clip_config.json", "preprocessor_config.json"]) {
          Deno.writeTextFileSync(join(folder, file), JSON.stringify(hostile));
        }
        try {
          open();
        } catch (error) {
          assert.ok(error instanceof ClipError, `${error instanceof Error ? error.stack : error}`);
        }
      }),
      { seed: 22, numRuns: 300 },
    );
  });
});
