/** Every field of an image processor beside a checkpoint is honoured, or refused by name. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { OPENAI_MEAN, OPENAI_STD } from "../../../src/checkpoint/configs/image_statistics.ts";
import { CHECKPOINTS, fixtureBytes, withFolder } from "../fixture_files.ts";
import { refused } from "../refused.ts";

/** vit-b takes images of 64 pixels. */
function architecture(configs: Record<string, unknown>) {
  const files = {
    "model.safetensors": fixtureBytes("vit-b/hf/model.safetensors"),
    "config.json": Deno.readFileSync(join(CHECKPOINTS, "vit-b/hf/config.json")),
    ...Object.fromEntries(
      Object.entries(configs).map(([name, json]) => [name, JSON.stringify(json)]),
    ),
  };
  return withFolder(files, (folder) => {
    const state = openCheckpoint(folder);
    state.close();
    return state.architecture;
  });
}

const SIZE = architecture({}).vision.imageSize;
const preprocessor = (json: unknown) => architecture({ "preprocessor_config.json": json });

Deno.test("what transformers writes for OpenAI's models is OpenAI's transform", () => {
  const { resize, mean, std } = preprocessor({
    crop_size: { height: SIZE, width: SIZE },
    do_center_crop: true,
    do_convert_rgb: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: OPENAI_MEAN,
    image_processor_type: "CLIPImageProcessor",
    image_std: OPENAI_STD,
    resample: 3,
    rescale_factor: 1 / 255,
    size: { shortest_edge: SIZE },
  });
  assert.deepEqual([resize, mean, std], [undefined, OPENAI_MEAN, OPENAI_STD]);
  assert.deepEqual(preprocessor({ size: SIZE, crop_size: SIZE }).resize, undefined);
});

Deno.test("squash, another edge, another filter and no resize are honoured", () => {
  const cases: [unknown, unknown][] = [
    [
      { size: { height: SIZE, width: SIZE }, do_center_crop: false, resample: 2 },
      { to: { width: SIZE, height: SIZE }, filter: "bilinear", fill: 0 },
    ],
    [
      { size: { shortest_edge: 40 }, crop_size: SIZE },
      { to: { shortest: 40 }, filter: "bicubic", fill: 0 },
    ],
    [{ size: 40, crop_size: SIZE }, { to: { shortest: 40 }, filter: "bicubic", fill: 0 }],
    [
      { size: 40, crop_size: SIZE, image_processor_type: "ViTImageProcessor" },
      { to: { width: 40, height: 40 }, filter: "bicubic", fill: 0 },
    ],
    [{ resample: 1 }, { to: { shortest: SIZE }, filter: "lanczos", fill: 0 }],
    [{ do_resize: false, crop_size: SIZE }, { to: null, filter: "bicubic", fill: 0 }],
  ];
  for (const [json, wanted] of cases) assert.deepEqual(preprocessor(json).resize, wanted);
});

Deno.test("rescaling and normalisation that are off or other are written into the statistics", () => {
  const near = (found: readonly number[], wanted: readonly number[]) =>
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-12, `${found}`));
  const plain = preprocessor({ do_normalize: false });
  near([...plain.mean, ...plain.std], [0, 0, 0, 1, 1, 1]);
  const bytes = preprocessor({ do_normalize: false, do_rescale: false });
  near([...bytes.mean, ...bytes.std], [0, 0, 0, 1 / 255, 1 / 255, 1 / 255]);
  const statistics = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.25, 0.5] };
  // (byte - 0.5) / 0.5, and byte / 127.5 in the place of byte / 255.
  const unscaled = preprocessor({ do_rescale: false, ...statistics });
  near(unscaled.mean, [0.5 / 255, 0.5 / 255, 0.5 / 255]);
  near(unscaled.std, [0.5 / 255, 0.25 / 255, 0.5 / 255]);
  const doubled = preprocessor({ rescale_factor: 1 / 127.5, ...statistics });
  near([...doubled.mean, ...doubled.std], [0.25, 0.25, 0.25, 0.25, 0.125, 0.25]);
});

Deno.test("processor_config.json's image processor comes before preprocessor_config.json", () => {
  const found = architecture({
    "processor_config.json": {
      processor_class: "CLIPProcessor",
      image_processor: {
        image_processor_type: "CLIPImageProcessorFast",
        data_format: "channels_first",
        do_pad: null,
        size: { height: SIZE, width: SIZE },
        image_mean: [0.1, 0.2, 0.3],
        image_std: [0.4, 0.5, 0.6],
      },
    },
    "preprocessor_config.json": { resample: 2 },
  });
  assert.deepEqual(found.mean, [0.1, 0.2, 0.3]);
  assert.deepEqual(found.resize?.to, { width: SIZE, height: SIZE });
  // An older one says nothing of images.
  const older = architecture({
    "processor_config.json": { processor_class: "CLIPProcessor" },
    "preprocessor_config.json": { resample: 2 },
  });
  assert.equal(older.resize?.filter, "bilinear");
});

Deno.test("fields that are not supported are refused by file and name", () => {
  const cases: [unknown, RegExp][] = [
    [{ do_pad: true }, /preprocessor_config\.json: do_pad 'true' is not supported/],
    [{ crop_pct: 0.9 }, /crop_pct '0\.9' is not supported/],
    [{ resample: 9 }, /resample '9': wanted a number from 0 to 5/],
    [{ size: { longest_edge: 40 } }, /size .*longest_edge.*: wanted a number, shortest_edge, or/],
    [{ size: { height: 32, width: 40 }, do_center_crop: false }, /size .*: wanted a square/],
    [{ size: 32, do_center_crop: false }, /do_center_crop false without a size of height/],
    [{ do_resize: false, do_center_crop: false }, /images would keep their size/],
    [{ crop_size: { height: 32, width: 30 } }, /crop_size .*: wanted a square/],
    [{ crop_size: 40 }, /crop_size is 40, but the tensors have 64/],
    [{ image_mean: "gray" }, /image_mean 'gray'/],
    [{ rescale_factor: 0 }, /rescale_factor '0': wanted a number over 0/],
  ];
  for (const [json, message] of cases) refused(() => preprocessor(json), message);
});
