/** Every value of every family's config, replaced by others: refused by its key, or of no effect. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { ClipError } from "../../../src/errors.ts";
import { familyPath } from "../../support/families.ts";
import { withFolder } from "../fixture_files.ts";

type Json = Record<string, unknown>;

/** Keys that change nothing of what is computed here: of training, and of what is returned beside. */
const WITHOUT_EFFECT = new Set([
  "custom_text",
  "init_logit_bias",
  "output_tokens",
  "timm_model_pretrained",
]);

/** Paths of all values in `json` that are no objects. */
function leaves(json: Json, path: readonly string[] = []): string[][] {
  return Object.entries(json).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value as Json, [...path, key])
      : [[...path, key]]
  );
}

function replaced(json: Json, [key = "", ...rest]: readonly string[], value: unknown): Json {
  return {
    ...json,
    [key]: rest.length === 0 ? value : replaced(json[key] as Json, rest, value),
  };
}

/** Opens a family with each of its config's values replaced by `junk`; what came of it, by key. */
function mutate(family: string, file: string, junk: unknown): Map<string, string> {
  const folder = familyPath(family);
  const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => {
      const bytes = Deno.readFileSync(join(folder, name));
      return name.endsWith(".gz")
        ? [name.slice(0, -".gz".length), new Uint8Array(gunzipSync(bytes))] as const
        : [name, bytes] as const;
    });
  const json = JSON.parse(Deno.readTextFileSync(join(folder, file)));
  return withFolder(Object.fromEntries(files), (copy) => {
    const found = new Map<string, string>();
    for (const path of leaves(json)) {
      Deno.writeTextFileSync(join(copy, file), JSON.stringify(replaced(json, path, junk)));
      try {
        openCheckpoint(copy).close();
        found.set(path.join("."), "opened");
      } catch (error) {
        assert.ok(error instanceof ClipError, `${path.join(".")}: ${error}`);
        found.set(path.join("."), error.message);
      }
    }
    return found;
  });
}

const OPEN_CLIP = [
  "vit-tanh-eps",
  "vit-layer-scale",
  "vit-clipa",
  "vit-avg-text-first",
  "metaclip2-worldwide",
  "siglip2-openclip",
  "eva02-clip",
  "coca",
  "openclip-xlm-roberta",
];

for (const family of OPEN_CLIP) {
  Deno.test(`no value of ${family}'s config is passed over`, () => {
    for (const [path, outcome] of mutate(family, "open_clip_config.json", "junk")) {
      const key = path.split(".").at(-1) ?? "";
      // CoCa's decoder, on which no embedding depends.
      if (path.includes("multimodal_cfg")) continue;
      if (WITHOUT_EFFECT.has(key)) continue;
      // A tokenizer's repository may have any name: its files lie beside the weights.
      if (key === "hf_tokenizer_name") continue;
      assert.ok(outcome.includes(key), `${path}: ${outcome}`);
    }
  });
}

Deno.test("configs of transformers with values of any kind are read or refused", () => {
  for (const family of ["siglip", "chinese-clip/hf", "dtype-oddities/bf16"]) {
    for (const file of ["config.json", "preprocessor_config.json"]) {
      for (const junk of ["junk", -1, 1e9, [], {}, true]) mutate(family, file, junk);
    }
  }
});
