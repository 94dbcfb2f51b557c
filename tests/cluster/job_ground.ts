/** What the jobs of these tests embed, and what they come to when nothing happens to them. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesOf } from "../bulk/job/read_output.ts";
import { Program } from "../support/process.ts";

/**
 * A flow of the demo model. Items are computed one by one: which others an item was computed with
 * shows in the last bits of its embedding, and these differ where a job goes on.
 */
export const JOB_FLOW = `\
jtype: Flow
executors:
  - name: clip
    uses:
      jtype: CLIPEncoder
      with:
        name: demo
        model_path: ${fileURLToPath(new URL("../../models/demo", import.meta.url))}
        minibatch_size: 1
      metas:
        py_modules: [clip_server.executors.clip_torch]
`;

/** Rows, a line each. */
export function jobRows(count: number): string {
  return Array.from({ length: count }, (_, n) => `a red circle number ${n}\n`).join("");
}

/** A job that nobody disturbs. */
export interface UndisturbedJob {
  /** Where it runs, and what its words are relative to. */
  folder: string;
  /** The words of `encode` but for shard and output. */
  encode: readonly string[];
  shards: number;
  /** The name of the folder for the whole. */
  out?: string;
  env?: Record<string, string>;
}

/** Runs it here, share after share, and merges it. @returns the files of the whole */
export async function runUndisturbed(
  { folder, encode, shards, out = "calm", env = {} }: UndisturbedJob,
) {
  const run = async (...words: string[]) => {
    const program = new Program([...words, "--quiet"], { cwd: folder, env });
    assert.equal(await program.ended(), 0, program.stderr);
  };
  for (let shard = 0; shard < shards; shard++) {
    const share = ["--shard", `${shard + 1}/${shards}`, "--out", `${out}-shards/${shard}`];
    await run("encode", ...encode, ...share);
  }
  await run("merge", out, `${out}-shards`);
  return await filesOf(join(folder, out));
}

/** That the same files are there, byte for byte. */
export function assertSameFiles(
  written: ReadonlyMap<string, Uint8Array>,
  expected: ReadonlyMap<string, Uint8Array>,
): void {
  assert.deepEqual([...written.keys()].sort(), [...expected.keys()].sort());
  for (const [path, bytes] of expected) {
    assert.ok(Buffer.compare(written.get(path)!, bytes) === 0, `${path} is another`);
  }
}
