/** The sections of a flow and how they nest: the one description of the whole format. */
import { ENCODER_KEYS, EXECUTOR_KEYS, METAS_KEYS, USES_KEYS } from "./executor_keys.ts";
import { GATEWAY_KEYS, UVICORN_KEYS } from "./gateway_keys.ts";
import {
  CLIP_SERVER_ENCODER_KEYS,
  JINA_EXECUTOR_KEYS,
  JINA_FLOW_KEYS,
  JINA_GATEWAY_KEYS,
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
};

/** The whole file. */
export const FLOW: SectionShape<typeof FLOW_KEYS> = {
  title: "",
  keys: FLOW_KEYS,
  parts: {
    with: { doc: "The gateway: protocols, ports, TLS and limits.", shape: GATEWAY },
    gateway: { doc: "The same as `with`, and wins over it key by key.", shape: GATEWAY },
    executors: { doc: "The encoders.", shape: EXECUTOR, list: true },
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
];
