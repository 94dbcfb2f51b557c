/**
 * Two of OpenAI's models at full size, with random weights in the layout of the published files,
 * through the program. All nine: `deno task bench:models`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeRandomCheckpoint } from "../../bench/random_checkpoint.ts";
import { GRAPHS_FOLDER } from "../../src/graph/conversion_cache.ts";
import { findModel } from "../../src/model/catalog/catalog.ts";
import { difference } from "../graph/tower_session.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { embedOverHttp, type Question } from "../support/embed_http.ts";
import { modelFlow } from "../support/model_server.ts";
import { Program } from "../support/process.ts";

const IMAGES = new URL("../fixtures/images/files/", import.meta.url);
const QUESTIONS: readonly Question[] = [
  { text: "a photo of a cat" },
  { text: "two lighthouses and a volcano on top of a pile of books, seen from far away" },
  { text: "犬" },
  { blob: Deno.readFileSync(new URL("jpeg_baseline_420.jpg", IMAGES)) },
  { blob: Deno.readFileSync(new URL("png_rgba.png", IMAGES)) },
];

/** Directories of the cache's conversions: unfinished ones begin with a dot. */
function conversions(cache: string): string[] {
  return [...Deno.readDirSync(join(cache, GRAPHS_FOLDER))].filter((each) => each.isDirectory)
    .map(({ name }) => name);
}

for (
  const [name, signal, code] of [
    ["ViT-B-32::openai", "SIGKILL", 137],
    ["RN50::openai", "SIGTERM", 0],
  ] as const
) {
  Deno.test(`${name} at full size: ${signal} while converting, then converted, embeds, and starts again`, async () => {
    const found = findModel(name);
    assert.ok(found.ok);
    const { embedDim } = found.model.architecture;
    await using store = new TemporaryStore();
    const { cache } = store.settings;
    const modelPath = join(store.root, "model.pt");
    writeRandomCheckpoint(modelPath, found.model.architecture);
    const start = () =>
      new Program(["-i"], {
        stdin: modelFlow({ runtime: "torch", name, modelPath }),
        env: { CLIPLINE_CACHE: cache },
      });

    const interrupted = start();
    await interrupted.logged(/converting to ONNX graphs of/);
    interrupted.kill(signal);
    assert.equal(await interrupted.ended(), code);
    const half = conversions(cache);
    assert.equal(half.length, 1);
    assert.match(half[0]!, /^\..*\.unfinished-/);

    const embeddings: Float32Array[] = [];
    for (const outcome of [/Model converted/, /Converted model found/]) {
      const program = start();
      const [, url] = await program.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
      assert.match(program.stderr, outcome);
      const together = await embedOverHttp(url!, QUESTIONS);
      assert.equal(together.length, QUESTIONS.length * embedDim);
      assert.ok(together.every(Number.isFinite));
      for (const row of [0, 1, 3]) {
        const alone = await embedOverHttp(url!, [QUESTIONS[row]!]);
        const among = together.subarray(row * embedDim, (row + 1) * embedDim);
        const { cosine } = difference(alone, among, embedDim);
        assert.ok(cosine <= 1e-6, `${row}: ${cosine} from being alone`);
        if (row !== 1) embeddings.push(alone);
      }
      program.kill("SIGTERM");
      assert.equal(await program.ended(), 0, program.stderr);
      assert.equal(conversions(cache).filter((each) => each.startsWith(".")).length, 0);
    }
    const [text, image, textAgain, imageAgain] = embeddings;
    assert.deepEqual(textAgain, text);
    assert.deepEqual(imageAgain, image);
    // Random weights, but different inputs have different embeddings.
    assert.ok(difference(text!, image!, embedDim).cosine > 1e-3);
  });
}
