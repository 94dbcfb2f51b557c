import assert from "node:assert/strict";
import { ClipClientError } from "../../../client/errors.ts";
import { Pending } from "../../../client/transports/pending.ts";

const NEVER = new AbortController().signal;

/** The kinds that requests of these sizes fail with when a stream ends so. */
async function kindsOf(sizes: number[], kind: "too_large" | "server" | "unavailable") {
  const pending = new Pending();
  const all = sizes.map((size, i) => pending.wait(String(i), size, NEVER));
  pending.fail(new ClipClientError(kind, "the end"));
  assert.equal(pending.size, 0);
  return (await Promise.allSettled(all)).map((one) => (one as PromiseRejectedResult).reason.kind);
}

Deno.test("the request that ended a stream is told so, the others lost their connection", async () => {
  assert.deepEqual(await kindsOf([1, 9, 2], "too_large"), [
    "connection",
    "too_large",
    "connection",
  ]);
  assert.deepEqual(await kindsOf([1, 9, 2], "server"), ["server", "connection", "connection"]);
  assert.deepEqual(await kindsOf([1, 2], "unavailable"), ["unavailable", "unavailable"]);
});

Deno.test("a request that is given up leaves nothing, and its answer is dropped", async () => {
  const pending = new Pending();
  const controller = new AbortController();
  const answer = pending.wait("a", 1, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(answer, /enough/);
  assert.equal(pending.size, 0);
  pending.answer({ requestId: "a", execEndpoint: "/", parameters: {}, docs: [], routes: [] });
});

Deno.test("a stream on which nothing came for a request's whole time has stalled, no other", async () => {
  let stalled = 0;
  const pending = new Pending(() => stalled++);
  const giveUp = async (reason: unknown, meanwhile = () => {}) => {
    const controller = new AbortController();
    const answer = pending.wait("a", 1, controller.signal);
    meanwhile();
    controller.abort(reason);
    await answer.catch(() => {});
    return stalled;
  };
  const late = new ClipClientError("timeout", "late");
  const other = { requestId: "b", execEndpoint: "/", parameters: {}, docs: [], routes: [] };
  assert.equal(await giveUp(new Error("enough")), 0);
  assert.equal(await giveUp(late, () => pending.answer(other)), 0);
  assert.equal(await giveUp(late), 1);
});
