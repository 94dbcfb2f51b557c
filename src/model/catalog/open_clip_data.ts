/**
 * OpenCLIP's table of pretrained models and its architectures, as `tools/catalog/read_open_clip.py`
 * took them out of open_clip_torch 3.3.0 and timm 1.0.31.
 */
import data from "./open_clip.json" with { type: "json" };
import {
  type Described,
  describeOpenClip,
  type OpenClipModel,
  type TimmSizes,
} from "./open_clip_architecture.ts";

/** A row of the table of pretrained models. */
export interface OpenClipRow {
  readonly architecture: string;
  /** What the weights were trained on. */
  readonly tag: string;
  readonly url?: string;
  /** `owner/name/`, perhaps with a file. */
  readonly hf_hub: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly interpolation: string;
  readonly resize_mode: string;
  readonly quick_gelu?: boolean;
}

/** Every row, in OpenCLIP's order. */
export const OPEN_CLIP_ROWS: readonly OpenClipRow[] = data.models;

const CONFIGS: Readonly<Record<string, OpenClipModel>> = data.configs;
const TIMM: Readonly<Record<string, Partial<TimmSizes>>> = data.timm;

/** The config of an architecture. @throws {TypeError} for one that OpenCLIP has not. */
export function openClipConfig(architecture: string): OpenClipModel {
  const config = CONFIGS[architecture];
  if (config === undefined) throw new TypeError(`OpenCLIP has no ${architecture}`);
  return config;
}

/** The architecture of a row's model, or what is not supported of it. */
export function describeRow(row: OpenClipRow, squash = false): Described {
  const { mean, std, interpolation, resize_mode } = row;
  const config = openClipConfig(row.architecture);
  const model = row.quick_gelu === true ? { ...config, quick_gelu: true } : config;
  const preprocess = {
    mean,
    std,
    interpolation,
    resize_mode: squash ? "squash" : resize_mode,
  };
  return describeOpenClip(model, preprocess, TIMM as Readonly<Record<string, TimmSizes>>);
}
