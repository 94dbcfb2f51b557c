import assert from "node:assert/strict";
import { fetchedAhead, type Wanted } from "../../../src/bulk/job/fetched_ahead.ts";

/** Places that note what is asked of them, and give when the test says so. */
class Ground {
  /** Names whose files are there, or on their way. */
  readonly open = new Set<string>();
  readonly asked: string[] = [];
  most = 0;

  wanted(count: number, failing?: number): Wanted[] {
    return Array.from({ length: count }, (_, i) => ({
      paths: [`part ${i}`],
      place: {
        fetch: async ([path]: readonly string[]) => {
          this.asked.push(path!);
          this.open.add(path!);
          this.most = Math.max(this.most, this.open.size);
          // The later ones are there first.
          for (let turn = count - i; turn > 0; turn--) await Promise.resolve();
          if (i === failing) {
            this.open.delete(path!);
            throw new Error(`${path} is gone`);
          }
          return {
            folder: path!,
            [Symbol.asyncDispose]: () => {
              this.open.delete(path!);
              return Promise.resolve();
            },
          };
        },
      },
    }));
  }
}

Deno.test("fetchedAhead() gives files in order, and fetches so many at a time", async () => {
  const ground = new Ground();
  const given: string[] = [];
  for await (const { folder } of fetchedAhead(ground.wanted(20), 4)) {
    assert.ok(ground.open.has(folder), "they are there until the next are asked for");
    given.push(folder);
  }
  assert.deepEqual(given, Array.from({ length: 20 }, (_, i) => `part ${i}`));
  // Four on their way, and those being read.
  assert.equal(ground.most, 5);
  assert.equal(ground.open.size, 0);
});

Deno.test("fetchedAhead() leaves nothing behind, whoever ends it", async () => {
  const left = new Ground();
  for await (const { folder } of fetchedAhead(left.wanted(20), 4)) {
    if (folder === "part 2") break;
  }
  assert.equal(left.open.size, 0);
  assert.equal(left.asked.length, 7);
  const failed = new Ground();
  const given: string[] = [];
  await assert.rejects(async () => {
    for await (const { folder } of fetchedAhead(failed.wanted(20, 3), 4)) given.push(folder);
  }, /part 3 is gone/);
  assert.deepEqual(given, ["part 0", "part 1", "part 2"], "what comes before is given");
  assert.equal(failed.open.size, 0);
});
