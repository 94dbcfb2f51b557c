import assert from "node:assert/strict";
import { join } from "node:path";
import { publishedTensors } from "../../../bench/families/published_tensors.ts";
import { writeSafetensors } from "../../../bench/families/safetensors_writer.ts";
import { writeTorchSave } from "../../../bench/families/torch_save_writer.ts";
import { describeCheckpoint } from "../../../src/checkpoint/describe.ts";
import { hintsFromArchitecture } from "../../../src/checkpoint/facts.ts";
import { LAYOUTS, M_CLIP, type NamingScheme } from "../../../src/checkpoint/naming/layouts.ts";
import { expectedShapes, isOfText } from "../../../src/checkpoint/naming/shapes.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import type { ClipArchitecture } from "../../../src/checkpoint/state_dict.ts";
import { FAMILIES, familyPath } from "../../support/families.ts";

/** A fixture, its layout, and the heading of its tensors in `keys.txt`. */
const FIXTURES: readonly (readonly [path: string, layout: NamingScheme, file: string])[] = [
  ["siglip2", "huggingface_siglip", "model.safetensors"],
  ["siglip2-openclip", "open_clip_timm_siglip", "open_clip_model.safetensors"],
  ["openclip-xlm-roberta", "open_clip_hf_text", "open_clip_pytorch_model.bin"],
  ["chinese-clip/hf", "huggingface_chinese_clip", "hf/pytorch_model.bin"],
  ["eva02-clip", "open_clip_timm_eva02", "open_clip_model.safetensors"],
  ["mclip-xlm-roberta", "m_clip", "text/pytorch_model.bin"],
  ["vit-clipa", "openai", "open_clip_model.safetensors"],
];
/** In the files, and used by nobody; and scalars, which some files keep as vectors of one. */
const LEFT_OUT = /position_ids|pooler|^logit_/;

function architectureOf(path: string): ClipArchitecture {
  const state = openCheckpoint(familyPath(path));
  state.close();
  return state.architecture;
}

function tensorsOf(architecture: ClipArchitecture, layout: NamingScheme) {
  const shapes = expectedShapes(architecture);
  if (layout === "m_clip") {
    for (const name of shapes.keys()) if (!isOfText(name)) shapes.delete(name);
  }
  return publishedTensors(shapes, [...LAYOUTS, M_CLIP].find(({ name }) => name === layout)!.keys);
}

/** `name [shape]` of each tensor that the fixture's file holds. */
function fixtureTensors(path: string, file: string): string[] {
  const [family] = path.split("/");
  const lines = Deno.readTextFileSync(join(FAMILIES, family!, "reference/keys.txt")).split("\n");
  const from = lines.indexOf(`# ${file}`) + 1;
  assert.ok(from > 0, file);
  const to = lines.findIndex((line, index) => index >= from && line.startsWith("#"));
  return lines.slice(from, to < 0 ? undefined : to)
    .filter((line) => line !== "" && !LEFT_OUT.test(line))
    .map((line) => line.slice(0, line.lastIndexOf(" ")));
}

for (const [path, layout, file] of FIXTURES) {
  Deno.test(`publishedTensors() has the names and shapes that ${layout} is published with`, () => {
    const ours = tensorsOf(architectureOf(path), layout)
      .map(({ name, shape }) => `${name} [${shape.join(", ")}]`)
      .filter((line) => !LEFT_OUT.test(line));
    assert.deepEqual(ours.sort(), fixtureTensors(path, file).sort());
  });
}

Deno.test("Models written with random weights are read as the architecture that they were written of", () => {
  const architecture = architectureOf("eva02-clip");
  const tensors = tensorsOf(architecture, "open_clip_timm_eva02");
  const folder = Deno.makeTempDirSync({ prefix: "clipline-test-" });
  try {
    const read = (write: typeof writeSafetensors) => {
      const path = join(folder, "model.bin");
      write(path, tensors, 1);
      const { format, architecture: found } = describeCheckpoint(
        path,
        hintsFromArchitecture(architecture, "tiny"),
      );
      assert.deepEqual(found, architecture);
      const state = openCheckpoint(path, hintsFromArchitecture(architecture, "tiny"));
      const values = [...state.tensors].map(([name, tensor]) => [name, tensor.read()]);
      state.close();
      return { format, values };
    };
    const [safetensors, torch] = [read(writeSafetensors), read(writeTorchSave)];
    assert.deepEqual([safetensors.format, torch.format], ["safetensors", "torch"]);
    assert.deepEqual(safetensors.values, torch.values);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
