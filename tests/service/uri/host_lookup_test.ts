import assert from "node:assert/strict";
import { AT_ONCE, HostLookup } from "../../../src/service/uri/host_lookup.ts";
import { untilSo } from "../../support/until.ts";

/** A resolver that answers when it is told to. */
class SlowResolver {
  readonly asked: string[] = [];
  readonly #answers = new Map<string, PromiseWithResolvers<string[]>>();

  readonly resolve = (hostname: string) => {
    this.asked.push(hostname);
    const answer = Promise.withResolvers<string[]>();
    this.#answers.set(hostname, answer);
    return answer.promise;
  };

  answer(hostname: string, addresses: string[] | Error): void {
    const answer = this.#answers.get(hostname)!;
    if (addresses instanceof Error) answer.reject(addresses);
    else answer.resolve(addresses);
  }
}

Deno.test("a look-up that nobody waits for any more keeps its place until it is over", async () => {
  const resolver = new SlowResolver();
  const lookup = new HostLookup(resolver.resolve);
  const leaving = new AbortController();
  const silent = Array.from(
    { length: AT_ONCE + 5 },
    (_, i) => lookup.addresses(`silent${i}`, leaving.signal),
  );
  const left = Promise.all(silent.map((one) => assert.rejects(one, /gone/)));
  leaving.abort(new Error("gone"));
  await left;
  assert.equal(resolver.asked.length, AT_ONCE);
  const { signal } = new AbortController();
  const next = lookup.addresses("next", signal);
  assert.equal(resolver.asked.length, AT_ONCE);
  resolver.answer("silent3", new Error("no such name"));
  await untilSo(() => resolver.asked.includes("next"));
  resolver.answer("next", ["192.0.2.1"]);
  assert.deepEqual(await next, ["192.0.2.1"]);
});

Deno.test("who asks for a name that is being looked up gets the same answer", async () => {
  const resolver = new SlowResolver();
  const lookup = new HostLookup(resolver.resolve);
  const { signal } = new AbortController();
  const both = [lookup.addresses("a", signal), lookup.addresses("a", signal)];
  await untilSo(() => resolver.asked.length > 0);
  resolver.answer("a", ["192.0.2.1"]);
  assert.deepEqual(await Promise.all(both), [["192.0.2.1"], ["192.0.2.1"]]);
  assert.deepEqual(resolver.asked, ["a"]);
  const later = lookup.addresses("a", signal);
  resolver.answer("a", new Error("no such name"));
  await assert.rejects(later, /no such name/);
});
