/** Every fixture model in every format that it can be had in, as files in a folder. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CHECKPOINTS, fixtureBytes, torchSaveVariants } from "./fixture_files.ts";
import { shardAsTorch, shardSafetensors } from "./containers/sharding.ts";

/** One model in one format. */
export interface CheckpointFormat {
  model: "vit-a" | "vit-b" | "vit-c" | "rn-a";
  label: string;
  /** What is to be opened, within the folder. */
  path: string;
  /** What the folder holds. */
  files: () => Record<string, Uint8Array | string>;
}

/** All of them. */
export function checkpointFormats(): CheckpointFormat[] {
  const formats: CheckpointFormat[] = [];
  const add = (
    model: CheckpointFormat["model"],
    label: string,
    path: string,
    files: CheckpointFormat["files"],
  ) => formats.push({ model, label, path, files });

  for (const model of ["vit-a", "vit-b", "rn-a"] as const) {
    add(model, "TorchScript", "x.pt", () => ({ "x.pt": fixtureBytes(`${model}/openai_jit.pt`) }));
    add(model, "TorchScript, gzipped", "x.pt.gz", () => ({
      "x.pt.gz": Deno.readFileSync(join(CHECKPOINTS, model, "openai_jit.pt.gz")),
    }));
  }
  for (const name of torchSaveVariants().keys()) {
    if (!name.endsWith(".pt")) continue;
    add("vit-b", name, name, () => ({ [name]: torchSaveVariants().get(name)! }));
    add("vit-b", `${name}, gzipped`, `${name}.gz`, () => ({
      [`${name}.gz`]: gzipSync(torchSaveVariants().get(name)!),
    }));
  }
  add("vit-b", "hf_bin", ".", () => ({
    "pytorch_model.bin": torchSaveVariants().get("hf_bin/pytorch_model.bin")!,
    "config.json": torchSaveVariants().get("hf_bin/config.json")!,
  }));
  const config = (folder: string, file: string) => ({
    [file]: Deno.readTextFileSync(join(CHECKPOINTS, folder, file)),
  });
  for (const model of ["vit-b", "vit-c"] as const) {
    const folder = `${model}/hf`;
    const bytes = () => fixtureBytes(`${folder}/model.safetensors`);
    const beside = () => config(folder, "config.json");
    add(model, "hf", ".", () => ({ "model.safetensors": bytes(), ...beside() }));
    add(model, "hf, gzipped", ".", () => ({
      "model.safetensors.gz": gzipSync(bytes()),
      ...beside(),
    }));
    add(model, "hf, sharded", ".", () => ({ ...shardSafetensors(bytes(), 3), ...beside() }));
  }
  add("vit-b", "hf, sharded .bin", ".", () => ({
    ...shardAsTorch(fixtureBytes("vit-b/hf/model.safetensors"), 2),
    ...config("vit-b/hf", "config.json"),
  }));
  for (
    const [folder, file] of [
      ["open_clip", "open_clip_pytorch_model.bin"],
      ["open_clip_custom_text", "open_clip_model.safetensors"],
    ] as const
  ) {
    const beside = () => config(`vit-c/${folder}`, "open_clip_config.json");
    const bytes = () => fixtureBytes(`vit-c/${folder}/${file}`);
    add("vit-c", folder, ".", () => ({ [file]: bytes(), ...beside() }));
    add("vit-c", `${folder}, gzipped`, ".", () => ({
      [`${file}.gz`]: gzipSync(bytes()),
      ...beside(),
    }));
  }
  add("rn-a", "TorchScript with open_clip_config.json", ".", () => ({
    "x.pt": fixtureBytes("rn-a/openai_jit.pt"),
    ...config("rn-a", "open_clip_config.json"),
  }));
  return formats;
}

/** Writes a format's files into `folder`; the path to open. */
export function writeFormat(format: CheckpointFormat, folder: string): string {
  for (const [name, content] of Object.entries(format.files())) {
    if (typeof content === "string") Deno.writeTextFileSync(join(folder, name), content);
    else Deno.writeFileSync(join(folder, name), content);
  }
  return join(folder, format.path);
}
