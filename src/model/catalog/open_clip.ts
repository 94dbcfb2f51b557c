/**
 * OpenCLIP's models, but OpenAI's among them: those of its table of pretrained models whose
 * architecture is supported.
 */
import type { ClipArchitecture } from "../../checkpoint/state_dict.ts";
import { type BesideOptions, besideWeights } from "./beside.ts";
import { CLIP_SERVER_MD5, clipServerName } from "./clip_server.ts";
import type { CachedCheckpoint, CatalogEntry, CheckpointSource, Digest } from "./entry.ts";
import { folderOf } from "./entry.ts";
import { FAMILIES, type FamilyName, MULTILINGUAL_SIGLIP } from "./families.ts";
import { onnxPairOf } from "./onnx_files.ts";
import { describeRow, OPEN_CLIP_ROWS, openClipConfig, type OpenClipRow } from "./open_clip_data.ts";

/** The hub's names for OpenCLIP's own layout. */
export const OPEN_CLIP_FILES: readonly string[] = [
  "open_clip_model.safetensors",
  "open_clip_pytorch_model.bin",
];

/** Where the table of pretrained models is wrong: its row of `_e32` has the repository of `_e31`. */
const REPOSITORIES: Readonly<Record<string, string>> = {
  "ViT-B-16-plus-240::laion400m_e32": "timm/vit_base_patch16_plus_clip_240.laion400m_e32",
};

/** The weights of another row, at another size of images than the file beside them says. */
const SAME_AS_ANOTHER = "ViT-SO400M-14-SigLIP-378::webli";

/** A model of the table. */
interface Row extends OpenClipRow {
  /** `ARCHITECTURE::TAG` as OpenCLIP has it. */
  name: string;
  repository: string;
}

const ROWS: readonly Row[] = OPEN_CLIP_ROWS.filter(({ tag }) => tag !== "openai").map((row) => {
  const name = `${row.architecture}::${row.tag}`;
  const [owner, repository] = row.hf_hub.split("/");
  return { ...row, name, repository: REPOSITORIES[name] ?? `${owner}/${repository}` };
});

/** The family of a model, by the names that OpenCLIP gives architectures and training sets. */
function familyOf({ architecture, tag }: Row): FamilyName {
  if (architecture.includes("SigLIP2")) return "siglip2";
  if (architecture.includes("SigLIP")) return "siglip";
  if (architecture.includes("CLIPA")) return "clipa";
  if (architecture.startsWith("EVA02")) return "eva02";
  if (architecture.startsWith("coca")) return "coca";
  if (architecture.includes("roberta")) return "xlm-roberta";
  if (architecture.includes("worldwide")) return "metaclip2";
  if (tag.startsWith("metaclip")) return "metaclip";
  if (tag.startsWith("dfn")) return "dfn";
  return /^(datacomp|commonpool)/.test(tag) ? "datacomp" : "open-clip";
}

function languagesOf({ architecture }: Row, family: FamilyName): string {
  if (architecture.includes("i18n")) return MULTILINGUAL_SIGLIP;
  return architecture.startsWith("roberta") ? "English" : FAMILIES[family].languages;
}

/** The sha256 prefix that ends a release file's name, e.g. `…-455df137.pt`. */
function releaseDigest(file: string): Digest | undefined {
  const hex = /-([0-9a-f]{8})\.pth?$/.exec(file)?.[1];
  return hex === undefined ? undefined : { algorithm: "sha256", hex };
}

function urlSource({ url }: Row): (CheckpointSource & { kind: "url" }) | undefined {
  if (url === undefined) return undefined;
  const file = url.slice(url.lastIndexOf("/") + 1);
  const digest = releaseDigest(file);
  return { kind: "url", url, file, ...(digest === undefined ? {} : { digest }) };
}

function aliasesOf(row: Row, name: string): string[] {
  const aliases = new Set<string>();
  // open_clip writes `_` between the parts of a tag where clip_server sometimes writes `-`.
  aliases.add(row.name);
  if (row.quick_gelu) aliases.add(name.replace("::", "-quickgelu::"));
  const alone = OPEN_CLIP_ROWS.filter(({ architecture }) => architecture === row.architecture);
  if (alone.length === 1) aliases.add(row.architecture);
  aliases.add(row.repository);
  aliases.delete(name);
  return [...aliases];
}

function notesOf(row: Row, known: boolean, { text, mean }: ClipArchitecture): string[] {
  const notes: string[] = [];
  if (known && row.quick_gelu) {
    notes.push(
      "Trained with QuickGELU, which is used here; clip-as-service ran these weights with GELU, " +
        "so its embeddings differ.",
    );
  }
  if (known && mean[0] === 0.5) {
    notes.push(
      "Images are normalised with mean and standard deviation 0.5, as trained; clip-as-service " +
        "used OpenAI's statistics for every model, so its image embeddings differ.",
    );
  }
  if (known && text.tokenizer.kind === "file") {
    notes.push(
      "clip-as-service gave this model the token ids of OpenAI's vocabulary instead of its own, " +
        "so its text embeddings differ.",
    );
  }
  if (row.tag.startsWith("dfn2b")) {
    notes.push(
      "Images are squashed to a square, as the config beside the weights says; OpenCLIP's own table " +
        "has a crop.",
    );
  }
  return notes;
}

function cachedFiles(name: string, source: ReturnType<typeof urlSource>): CachedCheckpoint[] {
  const hex = CLIP_SERVER_MD5[name];
  if (hex === undefined) return [];
  const md5: Digest = { algorithm: "md5", hex };
  // clip-as-service kept hub files with their ending .bin and release files as .pt.
  const own = { file: `${folderOf(name)}.${source === undefined ? "bin" : "pt"}`, digests: [md5] };
  if (source?.digest === undefined) return [own];
  return [own, { file: source.file, digests: [source.digest, md5] }];
}

/** Files that a tokenizer may be published in, best first. */
function tokenizerFiles(tokenizer: string): string[] {
  if (/xlm-/.test(tokenizer)) return ["tokenizer.json", "sentencepiece.bpe.model"];
  return tokenizer.startsWith("bert-") ? ["tokenizer.json", "vocab.txt"] : ["tokenizer.json"];
}

function entry(row: Row): CatalogEntry | undefined {
  const described = describeRow(row, row.tag.startsWith("dfn"));
  if (!described.ok || row.name === SAME_AS_ANOTHER) return undefined;
  const { architecture } = described;
  const name = clipServerName(row.name) ?? row.name;
  const known = Object.hasOwn(CLIP_SERVER_MD5, name);
  const family = familyOf(row);
  const { publisher, licence } = FAMILIES[family];
  const onnx = onnxPairOf(name);
  const release = urlSource(row);
  const tokenizer = openClipConfig(row.architecture).text_cfg.hf_tokenizer_name;
  const options: BesideOptions = {
    configs: ["open_clip_config.json"],
    ...(tokenizer === undefined ? {} : { tokenizers: tokenizerFiles(tokenizer) }),
    ...(tokenizer === undefined || tokenizer === row.repository ? {} : { orOf: tokenizer }),
  };
  const hub: CheckpointSource = {
    kind: "hub",
    repository: row.repository,
    files: OPEN_CLIP_FILES,
    beside: besideWeights(options),
  };
  return {
    name,
    aliases: aliasesOf(row, name),
    family,
    publisher,
    languages: languagesOf(row, family),
    ...(licence === undefined ? {} : { licence }),
    architecture,
    ...(known && row.quick_gelu ? { clipAsServiceActivation: "gelu" as const } : {}),
    // A source that says what its file is comes first.
    checkpoints: release === undefined
      ? [hub]
      : release.digest === undefined
      ? [hub, release]
      : [release, hub],
    cached: cachedFiles(name, release),
    ...(onnx === undefined ? {} : { onnx }),
    notes: notesOf(row, known, architecture),
  };
}

/** OpenCLIP's models, in the order of its table. */
export const OPEN_CLIP_MODELS: readonly CatalogEntry[] = ROWS.map(entry)
  .filter((each) => each !== undefined);

/** The rows that are not supported: their names, and which configs. */
export const REFUSED_ROWS: readonly string[] = ROWS.map(({ name }) => name)
  .filter((name) => {
    const known = clipServerName(name) ?? name;
    return !OPEN_CLIP_MODELS.some((model) => model.name === known);
  });
