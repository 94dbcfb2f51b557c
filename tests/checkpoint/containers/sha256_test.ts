import assert from "node:assert/strict";
import { fileSha256 } from "../../../src/checkpoint/containers/sha256.ts";

Deno.test("fileSha256() hashes in pieces and reports each", async () => {
  const bytes = new Uint8Array(2.5 * 2 ** 20).fill(7);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const steps: [number, number][] = [];
  const path = Deno.makeTempFileSync();
  let hash: string;
  try {
    Deno.writeFileSync(path, bytes);
    hash = await fileSha256(path, (done, total) => steps.push([done, total]));
  } finally {
    Deno.removeSync(path);
  }
  assert.equal(hash, [...digest].map((b) => b.toString(16).padStart(2, "0")).join(""));
  assert.deepEqual(steps.at(-1), [bytes.length, bytes.length]);
  assert.equal(steps.length, 3);
});
