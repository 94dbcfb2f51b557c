/** How a model's name may be written. Pure text: knows no model. */

/**
 * The one form of all spellings of a name: lower case, and `-` for every run of `_`, `-`, `/`, `@`
 * and `:`. So OpenCLIP's `ViT-B-32::openai`, Immich's `ViT-B-32__openai` and the folder
 * `ViT-B-32-openai` are one name, and so are `ViT-L/14@336px` and `ViT-L-14-336px`. OpenCLIP's
 * `hf-hub:` before a repository of the hub is left out.
 */
export function plainName(name: string): string {
  return name.trim().toLowerCase().replace(/[_/@:-]+/g, "-").replace(/^hf-hub-/, "");
}

/** No model's name is longer, in UTF-16 units: what is longer need not be looked at. */
export const MAX_MODEL_NAME_LENGTH = 256;
