/** A share of `deno task fuzz`: a fixed number of inputs, the same ones each time. */
import assert from "node:assert/strict";
import { Finding, fuzz, runOne } from "./fuzzer.ts";
import { seedsOf, TARGETS } from "./targets.ts";

/** So many inputs take two seconds or less, on a quiet machine. */
const RUNS: Record<string, number> = {
  image: 10_000,
  tokens: 4000,
  http: 400,
  websocket: 400,
  grpc: 400,
};
const DEFAULT_RUNS = 40_000;
/** Not 1 s, as in the task: other tests run at the same time. */
const HANG_MS = 30_000;

for (const maker of TARGETS) {
  Deno.test(`${maker.name} survives what is nearly right`, async () => {
    const target = await maker.open();
    try {
      const seeds = await seedsOf(maker.name);
      const runs = RUNS[maker.name] ?? DEFAULT_RUNS;
      assert.ok(seeds.length > 0 && seeds.length < runs);
      await fuzz(target, seeds, { seed: 1, runs, hangMs: HANG_MS });
      await target.probe?.();
    } finally {
      await target.close?.();
    }
  });
}

Deno.test("memory that grows is a finding", async () => {
  const kept: Uint8Array[] = [];
  const target = {
    name: "hoarder",
    run: () => kept.push(new Uint8Array(100_000)),
    expected: () => false,
  };
  await assert.rejects(
    fuzz(target, [Uint8Array.of(6)], {
      seed: 1,
      runs: 4000,
      hangMs: HANG_MS,
      maxGrowth: 64 * 2 ** 20,
    }),
    /hoarder: memory has grown by \d{8,} bytes/,
  );
});

Deno.test("a finding tells the input and how to run it again", async () => {
  const target = {
    name: "broken",
    run: (input: Uint8Array) => {
      if (input[0] === 7) throw new TypeError("seven");
    },
    expected: () => false,
  };
  await runOne(target, Uint8Array.of(1), HANG_MS);
  await assert.rejects(runOne(target, Uint8Array.of(7), HANG_MS), (error: Finding) => {
    assert.match(error.message, /broken: it threw\n.*seven/);
    assert.match(error.message, /deno task fuzz --target broken --input Bw==/);
    return true;
  });
  const seeds = [Uint8Array.of(6)];
  await assert.rejects(fuzz(target, seeds, { seed: 1, runs: 10_000, hangMs: HANG_MS }), Finding);
});
