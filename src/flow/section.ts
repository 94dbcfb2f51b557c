/** The sections of a flow and how they nest: the one description of the whole format. */
import { ENCODER_KEYS, EXECUTOR_KEYS, METAS_KEYS, USES_KEYS } from "./executor_keys.ts";
import { GATEWAY_KEYS, UVICORN_KEYS } from "./gateway_keys.ts";
import {
  INDEXER_ENTRY_KEYS,
  INDEXER_KEYS,
  INDEXER_METAS_KEYS,
  INDEXER_USES_KEYS,
  MATCH_KEYS,
  workspace,
} from "./indexer_keys.ts";
import {
  ANNLITE_KEYS,
  CLIP_SERVER_ENCODER_KEYS,
  DOCARRAY_MATCH_KEYS,
  JINA_EXECUTOR_KEYS,
  JINA_FLOW_KEYS,
  JINA_GATEWAY_KEYS,
  JINA_INDEXER_KEYS,
  JINA_INDEXER_METAS_KEYS,
  JINA_INDEXER_USES_KEYS,
  JINA_METAS_KEYS,
  JINA_USES_KEYS,
  JINA_UVICORN_KEYS,
} from "./jina_keys.ts";
import { choice, type Section } from "./key.ts";

/** A mapping of the flow: its keys, the sections inside it, and what of Jina's is passed over. */
export interface SectionShape<S extends Section = Section> {
  /** Where it stands, as documentation names it: `executors[].uses.with`. */
  title: string;
  keys: S;
  parts: Record<string, Part>;
  /** Keys that Jina knows and that mean nothing here. */
  ignored: readonly string[];
}

/** A section inside another. */
export interface Part {
  doc: string;
  shape: SectionShape;
  /** Another shape that it may have instead. */
  other?: SectionShape;
  /** A list of such sections. */
  list?: boolean;
  /** May also be written as a text, of this kind. */
  text?: string;
}

/** `with.uvicorn_kwargs`. */
export const UVICORN: SectionShape<typeof UVICORN_KEYS> = {
  title: "with.uvicorn_kwargs",
  keys: UVICORN_KEYS,
  parts: {},
  ignored: JINA_UVICORN_KEYS,
};

/** `with:` and `gateway:`. */
export const GATEWAY: SectionShape<typeof GATEWAY_KEYS> = {
  title: "with",
  keys: GATEWAY_KEYS,
  parts: {
    uvicorn_kwargs: {
      doc: "Jina's options for its web server; of them the TLS ones are used.",
      shape: UVICORN,
    },
  },
  ignored: JINA_GATEWAY_KEYS,
};

/** `executors[].uses.with`. */
export const ENCODER: SectionShape<typeof ENCODER_KEYS> = {
  title: "executors[].uses.with",
  keys: ENCODER_KEYS,
  parts: {},
  ignored: CLIP_SERVER_ENCODER_KEYS,
};

/** `executors[].uses.metas`. */
export const METAS: SectionShape<typeof METAS_KEYS> = {
  title: "executors[].uses.metas",
  keys: METAS_KEYS,
  parts: {},
  ignored: JINA_METAS_KEYS,
};

/** `executors[].uses`. */
export const USES: SectionShape<typeof USES_KEYS> = {
  title: "executors[].uses",
  keys: USES_KEYS,
  parts: {
    with: { doc: "The model and how it runs.", shape: ENCODER },
    metas: { doc: "What the executor is made of.", shape: METAS },
  },
  ignored: JINA_USES_KEYS,
};

/** `executors[]`. */
export const EXECUTOR: SectionShape<typeof EXECUTOR_KEYS> = {
  title: "executors[]",
  keys: EXECUTOR_KEYS,
  parts: {
    uses: {
      doc: "The encoder: a mapping, or the text `jinahub://CLIPTorchEncoder` (`CLIPOnnxEncoder`, " +
        "`CLIPTensorrtEncoder`), which only chooses the runtime.",
      shape: USES,
      text: "the name of a CLIP encoder",
    },
    uses_with: { doc: "Overrides `uses.with` key by key.", shape: ENCODER },
    uses_metas: { doc: "Overrides `uses.metas` key by key.", shape: METAS },
  },
  ignored: JINA_EXECUTOR_KEYS,
};

/** `executors[].uses.with.match_args` of an indexer. */
export const MATCH: SectionShape<typeof MATCH_KEYS> = {
  title: "executors[].uses.with.match_args (indexer)",
  keys: MATCH_KEYS,
  parts: {},
  ignored: DOCARRAY_MATCH_KEYS,
};

/** `executors[].uses.with` of an indexer. */
export const INDEXER: SectionShape<typeof INDEXER_KEYS> = {
  title: "executors[].uses.with (indexer)",
  keys: INDEXER_KEYS,
  parts: {
    match_args: {
      doc: "annlite's arguments of a search, of which two mean something.",
      shape: MATCH,
    },
  },
  ignored: ANNLITE_KEYS,
};

/** `executors[].uses.metas` of an indexer. */
export const INDEXER_METAS: SectionShape<typeof INDEXER_METAS_KEYS> = {
  title: "executors[].uses.metas (indexer)",
  keys: INDEXER_METAS_KEYS,
  parts: {},
  ignored: JINA_INDEXER_METAS_KEYS,
};

/** `executors[].uses` of an indexer. */
export const INDEXER_USES: SectionShape<typeof INDEXER_USES_KEYS> = {
  title: "executors[].uses (indexer)",
  keys: INDEXER_USES_KEYS,
  parts: {
    with: { doc: "What is kept, where, and how it is found.", shape: INDEXER },
    metas: { doc: "What the executor is made of.", shape: INDEXER_METAS },
  },
  ignored: JINA_INDEXER_USES_KEYS,
};

/** `executors[]` of an indexer. */
export const INDEXER_ENTRY: SectionShape<typeof INDEXER_ENTRY_KEYS> = {
  title: "executors[] (indexer)",
  keys: INDEXER_ENTRY_KEYS,
  parts: {
    uses: {
      doc: "The indexer: a mapping, or the text `jinahub://AnnLiteIndexer/latest`.",
      shape: INDEXER_USES,
      text: "the name of an indexer",
    },
    uses_with: { doc: "Overrides `uses.with` key by key.", shape: INDEXER },
    uses_metas: { doc: "Overrides `uses.metas` key by key.", shape: INDEXER_METAS },
  },
  ignored: JINA_INDEXER_KEYS,
};

/** The keys of the flow itself. */
export const FLOW_KEYS = {
  jtype: choice({
    doc: "What the file is: always `Flow`.",
    words: ["Flow"],
    default: "Flow",
  }),
  version: choice({
    doc: "The version of the format.",
    words: ["1", "1.0"],
    default: "1",
  }),
  workspace: workspace("`workspace` of all indexers that have none of their own."),
};

/** The whole file. */
export const FLOW: SectionShape<typeof FLOW_KEYS> = {
  title: "",
  keys: FLOW_KEYS,
  parts: {
    with: { doc: "The gateway: protocols, ports, TLS and limits.", shape: GATEWAY },
    gateway: { doc: "The same as `with`, and wins over it key by key.", shape: GATEWAY },
    executors: {
      doc: "The encoders, and the indexers that keep their embeddings, each below its encoder.",
      shape: EXECUTOR,
      other: INDEXER_ENTRY,
      list: true,
    },
  },
  ignored: JINA_FLOW_KEYS,
};

/** Every section once, outermost first. */
export const SECTIONS: readonly SectionShape[] = [
  FLOW,
  GATEWAY,
  UVICORN,
  EXECUTOR,
  USES,
  METAS,
  ENCODER,
  INDEXER_ENTRY,
  INDEXER_USES,
  INDEXER_METAS,
  INDEXER,
  MATCH,
];
