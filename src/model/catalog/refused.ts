/** Models that are known and not supported, and why. */
import { MAX_MODEL_NAME_LENGTH, plainName } from "./spelling.ts";

/** Some of them. */
export interface RefusedFamily {
  readonly title: string;
  /** What of it is not supported, as `it has …` goes on. */
  readonly what: string;
  /** What to use instead. */
  readonly instead?: string;
  /** How their names, written as `plainName` has them, look. */
  readonly names: RegExp;
}

/** All that somebody may ask for, by what is not supported. */
export const REFUSED: readonly RefusedFamily[] = [
  {
    title: "NLLB-CLIP",
    what: "a text tower (NLLB's encoder) that must be told the language of every text",
    instead: "a SigLIP 2 or XLM-RoBERTa model, which are multilingual without",
    names: /^((immich-app|visheratin)-)?nllb-(clip|siglip)-/,
  },
  {
    title: "MobileCLIP, MobileCLIP 2",
    what: "an image tower with convolutions (FastViT, MCi)",
    names: /^((apple|timm)-)?mobileclip/,
  },
  {
    title: "ConvNeXt",
    what: "an image tower of convolutions (ConvNeXt)",
    names: /^(laion-clip-|clip-)?convnext-/,
  },
  {
    title: "ViTamin",
    what: "an image tower that begins with convolutions (ViTamin)",
    names: /^(jienengchen-)?vitamin-/,
  },
  {
    title: "Perception Encoder (PE-Core)",
    what: "rotary positions and an attention pool of another kind",
    names: /^((facebook|timm)-)?pe-core-/,
  },
  {
    title: "EVA-01, EVA-02 E",
    what: "blocks of another kind (EVA-01, or EVA-02's norms behind attention and MLP)",
    names: /^(eva01-|eva02-e-|(timm-)?eva-giant-|(timm-)?eva02-enormous-|(quansun-)?eva-clip$)/,
  },
  {
    title: "SigLIP's 384 pixels at 378",
    what: "the weights of ViT-SO400M-14-SigLIP-384",
    instead: "that name",
    names: /^vit-so400m-14-siglip-378/,
  },
  {
    title: "SigLIP 2 NaFlex",
    what: "images of any shape, as many patches as fit (NaFlex)",
    instead: "a SigLIP 2 model of fixed resolution",
    names: /siglip2-.*-naflex/,
  },
  {
    title: "sentence-transformers' multilingual CLIP",
    what: "a text tower of its own (DistilBERT)",
    instead: "one of M-CLIP's",
    names: /^(sentence-transformers-)?clip-vit-b-32-multilingual-/,
  },
  {
    title: "MetaCLIP 2 of transformers, beyond the four that OpenCLIP has",
    what: "weights that are published for transformers' MetaCLIP 2 alone",
    instead: "ViT-H-14-worldwide or ViT-bigG-14-worldwide",
    names:
      /^(facebook-)?metaclip-2-(mt5-)?worldwide-(?!(huge-quickgelu|huge-378|giant|giant-378)$)/,
  },
  {
    title: "jina-clip, nomic-embed-vision, FG-CLIP 2, AltCLIP",
    what: "towers that its own code in Python describes",
    names:
      /^(jinaai-)?jina-clip|^(nomic-ai-)?nomic-embed-|^((qihoo360|immich-app)-)?fg-clip|^(baai-)?altclip/,
  },
  {
    title: "mT5",
    what: "a text tower of mT5",
    names: /^mt5-(base|xl)-vit-/,
  },
];

/** The family of a name that is known and not supported. */
export function refusedFamily(name: string): RefusedFamily | undefined {
  const plain = plainName(name.slice(0, MAX_MODEL_NAME_LENGTH));
  return REFUSED.find(({ names }) => names.test(plain));
}

/** Why a name is refused, or nothing if it is not one of these. */
export function refusal(name: string): string | undefined {
  const family = refusedFamily(name);
  if (family === undefined) return undefined;
  const instead = family.instead ?? "another of `deno task model list`";
  return `Model "${name.slice(0, 120)}" is not supported: it has ${family.what}. Use ${instead}`;
}
