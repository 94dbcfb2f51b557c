/** Server processes that share a cache of conversions. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { withFileLock } from "../../src/file_lock.ts";
import { GRAPHS_FOLDER } from "../../src/graph/conversion_cache.ts";
import { CHECKPOINTS } from "../checkpoint/fixture_files.ts";
import { difference } from "../graph/tower_session.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { conversionFolder, conversionLock } from "../support/conversion_lock.ts";
import { embedOverHttp } from "../support/embed_http.ts";
import { modelFlow } from "../support/model_server.ts";
import { textReference } from "../support/pipeline_reference.ts";
import { Program } from "../support/process.ts";

Deno.test("two servers that start together convert once, and both serve", async () => {
  await using store = new TemporaryStore();
  const { cache } = store.settings;
  const modelPath = join(CHECKPOINTS, "vit-a/openai_jit.pt.gz");
  const directory = await conversionFolder(cache, modelPath);
  const flow = modelFlow({ runtime: "torch", name: "mine", modelPath });
  // While the lock is held neither can begin, so that both are sure to be there.
  const programs = await withFileLock(await conversionLock(cache, modelPath), async () => {
    const started = [0, 1].map(() =>
      new Program(["-i"], { stdin: flow, env: { CLIPLINE_CACHE: cache } })
    );
    await Promise.all(
      started.map((program) => program.logged(/Waiting for another process that is converting/)),
    );
    return started;
  });
  const { questions, embeds, width } = textReference("vit-a");
  for (const program of programs) {
    const [, url] = await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
    const { cosine } = difference(await embedOverHttp(url!, questions), embeds, width);
    assert.ok(cosine <= 1e-6, `cosine distance ${cosine}`);
  }
  for (const program of programs) program.kill("SIGTERM");
  for (const program of programs) assert.equal(await program.ended(), 0, program.stderr);
  const made = programs.map(({ stderr }) =>
    /Model converted|Converted model found/.exec(stderr)?.[0]
  );
  assert.deepEqual(made.sort(), ["Converted model found", "Model converted"]);
  const left = [...Deno.readDirSync(join(cache, GRAPHS_FOLDER))].map(({ name }) => name).sort();
  assert.deepEqual(left, [basename(directory)]);
});
