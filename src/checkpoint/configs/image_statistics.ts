/** Statistics of the image normalisation: per channel, in 0..1 units. */

/** Three numbers, for red, green and blue. */
export type Channels = readonly [number, number, number];

/** Mean of OpenAI's training images (openai/CLIP, `clip.py`, `_transform`). */
export const OPENAI_MEAN: Channels = [0.48145466, 0.4578275, 0.40821073];

/** Standard deviation of OpenAI's training images (openai/CLIP, `clip.py`, `_transform`). */
export const OPENAI_STD: Channels = [0.26862954, 0.26130258, 0.27577711];
