import assert from "node:assert/strict";
import { Places } from "../../../client/stream/places.ts";

const NEVER = new AbortController().signal;

/** How many of `wanted` places are given at once. */
async function given(places: Places, wanted: number): Promise<number> {
  let count = 0;
  for (let i = 0; i < wanted; i++) places.take(NEVER).then(() => count++);
  await new Promise((resolve) => setTimeout(resolve));
  return count;
}

Deno.test("without refusals there is no bound", async () => {
  assert.equal(await given(new Places(), 1000), 1000);
});

Deno.test("a refusal halves the places, a round of answers gives one more", async () => {
  const places = new Places();
  await given(places, 8);
  places.refused();
  for (let i = 0; i < 8; i++) places.leave();
  assert.equal(await given(places, 4), 4);
  assert.equal(await given(places, 1), 0);
  for (let i = 0; i < 5; i++) places.served();
  // The one that waited has the fifth.
  assert.equal(await given(places, 1), 0);
});

Deno.test("there is always one place", async () => {
  const places = new Places();
  await given(places, 1);
  for (let i = 0; i < 10; i++) places.refused();
  places.leave();
  assert.equal(await given(places, 3), 1);
});

Deno.test("who waits can be given up", async () => {
  const places = new Places();
  await given(places, 1);
  places.refused();
  const controller = new AbortController();
  const waiting = places.take(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  places.leave();
  assert.equal(await given(places, 2), 1);
});
