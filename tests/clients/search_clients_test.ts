/**
 * The second half of clip-as-service, as its pages tell it: `clip_client`, unmodified, indexes and
 * searches over every protocol; Jina's own client asks the rest of the indexer.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output } from "../../bench/peers/environment.ts";
import { localUrl } from "../../src/server/banner.ts";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";
import { startTestServer } from "../support/server.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const IMAGE = path("../fixtures/demo/images/000.png");
const OTHER = path("../fixtures/demo/images/002.png");
const DIMENSIONS = 64;

/** A text or the end of a uri, and the distance. */
type Found = [string, number][];

/** What index_and_search.py prints. */
interface Seen {
  version: string;
  strings: number[];
  documents: [number, number[], string];
  text: Found[];
  image: Found[];
  several: Found[];
  default: number;
  filter: number[];
  match: unknown[];
  only_id: unknown[];
  async?: string[];
  index_callbacks?: string[];
  search_callbacks?: string[];
  on_error?: string[];
  error: string;
}

/** Runs a program against each protocol of a server with an index of its own. */
async function overEach(
  t: Deno.TestContext,
  version: string,
  program: string[],
  check: (printed: unknown) => void,
): Promise<void> {
  const list = new URL(`requirements/clip-client-${version}.txt`, import.meta.url);
  const python = await pythonEnvironment(list);
  for (const protocol of ["grpc", "http", "websocket"]) {
    await t.step(protocol, async () => {
      const folder = await Deno.makeTempDir();
      const { server } = await startTestServer({
        protocol,
        indexer: [`data_path: ${folder}`, "columns: {n: int, even: str}"],
      });
      try {
        const url = localUrl(server.addresses[0]!);
        const [name, ...words] = program;
        const printed = await output(python, [path(name!), url, ...words], QUIET_CLIP_CLIENT);
        check(JSON.parse(printed.trim().split("\n").at(-1)!));
      } finally {
        await server.stop(1000);
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

for (const version of ["0.7.0", "0.8.3"]) {
  Deno.test(`clip_client ${version} indexes and searches over every protocol`, async (t) => {
    await overEach(t, version, ["index_and_search.py", IMAGE, OTHER], (printed) => {
      const seen = printed as Seen;
      assert.equal(seen.version, version);
      assert.deepEqual(seen.strings, [4, DIMENSIONS]);
      assert.deepEqual(seen.documents, [21, [21, DIMENSIONS], "n0"]);
      const [text] = seen.text;
      assert.equal(text!.length, 3);
      assert.equal(text![0]![0], "a blue star");
      const distances = text!.map(([, distance]) => distance);
      assert.deepEqual(distances, distances.toSorted((a, b) => a - b));
      assert.ok(Math.abs(distances[0]!) < 1e-6, `${distances}`);
      assert.equal(seen.image[0]![0]![0], IMAGE.slice(-7));
      // Over HTTP clients before 0.8 have answers in the order in which they come.
      const several = seen.several.map((found) => found[0]![0]);
      assert.deepEqual(several.sort(), [OTHER.slice(-7), "number 3", "two green squares"]);
      assert.equal(seen.default, 10);
      assert.deepEqual(seen.filter, [15, 16, 17]);
      assert.deepEqual(seen.match, ["n7", "number 7", 7, true]);
      assert.deepEqual(seen.only_id, [["n", ""]]);
      assert.match(seen.error, /colour/);
      if (version === "0.7.0") return;
      assert.deepEqual(seen.async, ["async 0", "async 1", "async 2", "async 3"]);
      assert.deepEqual(seen.index_callbacks, ["always", "done"]);
      assert.deepEqual(seen.search_callbacks, ["told"]);
      assert.match(seen.on_error![0]!, /colour/);
    });
  });
}

Deno.test("Jina's own client asks all of an indexer over every protocol", async (t) => {
  await overEach(t, "0.8.3", ["manage_index.py"], (printed) => {
    const { not_found, restore, parameter, ...seen } = printed as Record<string, string>;
    assert.deepEqual(seen, {
      status: [5, 5, 0, "cosine"],
      ids: ["d0", "d1", "d2", "d3", "d4"],
      filter: ["d4"],
      updated: ["another"],
      deleted: ["d3", "d4", "d1"],
      filled: [DIMENSIONS],
      cleared: [0],
      restored: ["d0", "d1", "d2", "d3", "d4"],
    });
    assert.match(not_found!, /1 of 1 documents are not in the index: .*never/);
    assert.match(restore!, /nowhere/);
    assert.match(parameter!, /limit/);
  });
});
