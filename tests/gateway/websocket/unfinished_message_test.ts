/** What becomes of the pieces of a message that is never whole. */
import assert from "node:assert/strict";
import { UnfinishedMessage } from "../../../src/gateway/websocket/unfinished_message.ts";

Deno.test("the pieces of a message that is given up are empty at once", () => {
  const message = new UnfinishedMessage();
  const pieces = [new Uint8Array(64 * 1024), new Uint8Array(100)];
  for (const piece of pieces) message.add(piece);
  message.discard();
  assert.deepEqual(pieces.map(({ buffer }) => buffer.byteLength), [0, 0]);
});

Deno.test("what shares its buffer with something else, and what is whole, stays", () => {
  const message = new UnfinishedMessage();
  const shared = new Uint8Array(100).subarray(50);
  message.add(shared);
  const whole = new Uint8Array(100);
  message.add(whole);
  message.complete();
  message.discard();
  assert.deepEqual([shared.length, whole.length], [50, 100]);
});
