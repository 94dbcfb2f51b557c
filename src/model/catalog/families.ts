/** Families of models: who made them, which languages they know, and whose licence they are under. */

/** Names of the families, as `model list --family` takes them. */
export type FamilyName =
  | "openai"
  | "open-clip"
  | "datacomp"
  | "dfn"
  | "metaclip"
  | "metaclip2"
  | "clipa"
  | "eva02"
  | "coca"
  | "siglip"
  | "siglip2"
  | "xlm-roberta"
  | "m-clip"
  | "chinese-clip"
  | "long-clip";

/** A licence, and where it is stated. */
export interface Licence {
  readonly name: string;
  readonly from: string;
}

/** A family. */
export interface Family {
  readonly title: string;
  readonly publisher: string;
  /** What its texts may be in. */
  readonly languages: string;
  /** Absent where it was nowhere seen: the repository's page on the hub says it. */
  readonly licence?: Licence;
}

const ENGLISH = "English";
const WEBLI = "more than 100 (WebLI)";
const CC_BY_NC = { name: "CC-BY-NC-4.0", from: "timm 1.0.31" };

/** All families, in the order of the catalog. */
export const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  "openai": {
    title: "OpenAI's",
    publisher: "OpenAI",
    languages: ENGLISH,
    licence: { name: "MIT", from: "openai/CLIP" },
  },
  "open-clip": {
    title: "OpenCLIP's, trained on LAION, YFCC and CC12M",
    publisher: "OpenCLIP",
    languages: ENGLISH,
    licence: { name: "MIT", from: "OpenCLIP 3.3.0" },
  },
  "datacomp": {
    title: "OpenCLIP's, trained on DataComp and CommonPool",
    publisher: "OpenCLIP",
    languages: ENGLISH,
  },
  "dfn": {
    title: "DFN",
    publisher: "Apple",
    languages: ENGLISH,
    licence: { name: "Apple Sample Code License", from: "its model cards, timm 1.0.31" },
  },
  "metaclip": {
    title: "MetaCLIP",
    publisher: "Meta",
    languages: ENGLISH,
    licence: CC_BY_NC,
  },
  "metaclip2": {
    title: "MetaCLIP 2",
    publisher: "Meta",
    languages: "more than 300",
    licence: CC_BY_NC,
  },
  "clipa": { title: "CLIPA", publisher: "UCSC-VLAA", languages: ENGLISH },
  "eva02": { title: "EVA-02", publisher: "BAAI", languages: ENGLISH },
  "coca": {
    title: "CoCa",
    publisher: "OpenCLIP",
    languages: ENGLISH,
    licence: { name: "MIT", from: "OpenCLIP 3.3.0" },
  },
  "siglip": {
    title: "SigLIP",
    publisher: "Google",
    languages: ENGLISH,
    licence: { name: "Apache-2.0", from: "its model cards" },
  },
  "siglip2": {
    title: "SigLIP 2",
    publisher: "Google",
    languages: WEBLI,
    licence: { name: "Apache-2.0", from: "its model cards" },
  },
  "xlm-roberta": {
    title: "OpenCLIP's with (XLM-)RoBERTa",
    publisher: "OpenCLIP",
    languages: "100 (XLM-RoBERTa's)",
    licence: { name: "MIT", from: "OpenCLIP 3.3.0" },
  },
  "m-clip": {
    title: "M-CLIP",
    publisher: "M-CLIP",
    languages: "100 (XLM-RoBERTa's; taught in 48)",
    licence: { name: "MIT", from: "multilingual-clip 1.0.10" },
  },
  "chinese-clip": { title: "Chinese-CLIP", publisher: "OFA-Sys", languages: "Chinese" },
  "long-clip": { title: "Long-CLIP", publisher: "Beichen Zhang", languages: ENGLISH },
};

/** The languages of SigLIP's multilingual models. */
export const MULTILINGUAL_SIGLIP = WEBLI;

/** The names of the families. */
export const FAMILY_NAMES = Object.keys(FAMILIES) as readonly FamilyName[];

/** Narrows a word to the name of a family. */
export function isFamilyName(word: string): word is FamilyName {
  return Object.hasOwn(FAMILIES, word);
}
