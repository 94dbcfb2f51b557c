/** The input that the options describe. */
import { INPUT_FORMATS } from "../../bulk/inputs/options.ts";
import { openInputs } from "../../bulk/inputs/open_inputs.ts";
import { shardOf } from "../../bulk/inputs/shard.ts";
import type { Input } from "../../bulk/row.ts";
import type { Given } from "../words/given.ts";
import { readShard } from "./shard_option.ts";

/** @throws {ClipError} "config" for a path or option that is wrong. */
export async function openGivenInput(given: Given, signal: AbortSignal): Promise<Input> {
  const shard = readShard(given);
  const input = await openInputs(given.words, {
    format: given.choice("input-format", INPUT_FORMATS),
    text: given.text("text"),
    image: given.text("image"),
    // Whoever gives the table may say where its images are.
    allowPrivateUris: true,
  }, signal);
  return shard === undefined ? input : shardOf(input, shard.index, shard.count);
}
