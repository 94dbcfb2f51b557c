/** Models of every family, got by their catalog names from a hub that has them as published. */
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { hintsFromArchitecture } from "../../../src/checkpoint/facts.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import type { ClipArchitecture } from "../../../src/checkpoint/state_dict.ts";
import { type CatalogEntry, findModel } from "../../../src/model/catalog/catalog.ts";
import { inspectFile } from "../../../src/model/inspect.ts";
import {
  checkpointPath,
  findWeights,
  type ResolvedWeights,
  resolveWeights,
} from "../../../src/model/store/weights.ts";
import { FAMILIES, familyPath, untar } from "../../support/families.ts";
import { LFS_POINTER } from "../../support/hollow_checkpoint.ts";
import { fakeEntry, TemporaryStore } from "./fakes.ts";
import { type Files, Hub, publishedFiles, repositoryOf } from "./hub.ts";
import { sha256 } from "./raw_server.ts";

/** The catalog's model of that name, in the sizes of the fixture. */
function entryOf(name: string, architecture: ClipArchitecture): CatalogEntry {
  const found = findModel(name);
  assert.ok(found.ok, name);
  return { ...found.model, architecture };
}

function architectureOf(path: string): ClipArchitecture {
  const state = openCheckpoint(familyPath(path));
  try {
    return state.architecture;
  } finally {
    state.close();
  }
}

/** Opens what was got, and gives its architecture and the name of its tokenizer's file. */
function opened(weights: ResolvedWeights, { architecture, name }: CatalogEntry) {
  const state = openCheckpoint(checkpointPath(weights), hintsFromArchitecture(architecture, name));
  try {
    const { tokenizerFile } = state;
    if (tokenizerFile !== undefined) assert.equal(dirname(tokenizerFile), dirname(weights.path));
    return {
      architecture: state.architecture,
      tokenizer: tokenizerFile === undefined ? undefined : basename(tokenizerFile),
    };
  } finally {
    state.close();
  }
}

/** Fixture, catalog name, the tokenizer's file, files that the repository has not. */
const PUBLISHED: readonly [string, string, string | undefined, ...string[]][] = [
  ["siglip", "google/siglip-base-patch16-224", "spiece.model"],
  ["siglip2", "google/siglip2-base-patch16-224", "tokenizer.json"],
  ["siglip-openclip", "ViT-B-16-SigLIP::webli", "tokenizer.json"],
  ["siglip2-openclip", "ViT-B-16-SigLIP2__webli", "tokenizer.json"],
  // As LAION published it.
  [
    "openclip-xlm-roberta",
    "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k",
    "tokenizer.json",
    "open_clip_config.json",
    "tokenizer_config.json",
  ],
  ["metaclip2-worldwide", "ViT-H-14-worldwide-378", "tokenizer.json"],
  ["vit-clipa", "ViT-L-14-CLIPA::datacomp1b", "tokenizer.json"],
  ["vit-dfn", "apple/DFN5B-CLIP-ViT-H-14", undefined],
  ["eva02-clip", "EVA02-B-16::merged2b_s8b_b131k", undefined],
  ["coca", "coca_ViT-L-14::laion2b_s13b_b90k", undefined],
  ["chinese-clip/hf", "CN-CLIP/ViT-B-16", "vocab.txt"],
];

for (const [fixture, name, tokenizer, ...absent] of PUBLISHED) {
  Deno.test(`${name} is got from the hub with all that it needs, and opened`, async () => {
    const entry = entryOf(name, architectureOf(fixture));
    const files = publishedFiles(fixture);
    for (const file of absent) files.delete(file);
    await using hub = new Hub().put(repositoryOf(entry), files);
    await using store = new TemporaryStore({ hubEndpoint: hub.origin });
    const options = { settings: store.settings, inspect: inspectFile };
    const weights = await resolveWeights(entry, options);
    assert.deepEqual(opened(weights, entry), { architecture: entry.architecture, tokenizer });

    const count = hub.asked.length;
    assert.equal((await resolveWeights(entry, options)).path, weights.path);
    assert.equal(hub.asked.length, count, "the second time nothing is asked");
  });
}

Deno.test("Chinese-CLIP is opened from its own .pt where there is no other file", async () => {
  const entry = entryOf("CN-CLIP/ViT-B-16", architectureOf("chinese-clip/hf"));
  const pt = publishedFiles("chinese-clip").get("clip_cn.pt")!;
  const vocabulary = publishedFiles("chinese-clip/hf").get("vocab.txt")!;
  await using hub = new Hub().put(
    repositoryOf(entry),
    new Map([["clip_cn_vit-b-16.pt", pt], ["vocab.txt", vocabulary]]),
  );
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const options = { settings: store.settings, inspect: inspectFile };
  const weights = await resolveWeights(entry, options);
  const { architecture, tokenizer } = opened(weights, entry);
  assert.equal(tokenizer, "vocab.txt");
  assert.deepEqual(architecture, { ...entry.architecture, imageLibrary: "torchvision" });
});

for (
  const [fixture, name] of [
    ["mclip-xlm-roberta", "M-CLIP/XLM-Roberta-Large-Vit-B-32"],
    ["mclip-labse", "M-CLIP/LABSE-Vit-L-14"],
  ] as const
) {
  Deno.test(`${name} is two downloads: its texts, and the model of its images`, async () => {
    // The fixtures' image model has a name of its own and no published hash.
    const state = openCheckpoint({
      text: join(FAMILIES, fixture, "text"),
      image: join(FAMILIES, fixture, "image"),
    });
    const { architecture } = state;
    state.close();
    const images = fakeEntry(
      [{ kind: "hub", repository: "openai/images", files: ["ViT.pt"] }],
      { name: "Images::test", architecture: architectureOf(`${fixture}/image`) },
    );
    const entry: CatalogEntry = { ...entryOf(name, architecture), images };
    await using hub = new Hub()
      .put(name, publishedFiles(`${fixture}/text`))
      .put("openai/images", publishedFiles(`${fixture}/image`));
    await using store = new TemporaryStore({ hubEndpoint: hub.origin });
    const options = { settings: store.settings, inspect: inspectFile };
    assert.equal(await findWeights(entry, options), undefined);
    const weights = await resolveWeights(entry, options);
    assert.deepEqual(opened(weights, entry), { architecture, tokenizer: "tokenizer.json" });
    assert.ok(weights.images!.path.endsWith("checkpoints/Images-test/ViT.pt"));
    assert.deepEqual(await findWeights(entry, options), {
      ...weights,
      source: weights.path,
      images: { ...weights.images!, source: weights.images!.path },
    });
    // One that has its texts alone is not there.
    await Deno.remove(weights.images!.path);
    assert.equal(await findWeights(entry, options), undefined);
  });
}

/** XLM-RoBERTa of OpenCLIP and its files. */
function xlmRoberta(): { entry: CatalogEntry; repository: string; files: Files } {
  const entry = entryOf("xlm-roberta-base-ViT-B-32", architectureOf("openclip-xlm-roberta"));
  return { entry, repository: repositoryOf(entry), files: publishedFiles("openclip-xlm-roberta") };
}

Deno.test("a tokenizer that its repository has not is taken from the one that it is of", async () => {
  const { entry, repository, files } = xlmRoberta();
  const tokenizer = files.get("tokenizer.json")!;
  files.delete("tokenizer.json");
  files.delete("tokenizer_config.json");
  await using hub = new Hub().put(repository, files)
    .put("FacebookAI/xlm-roberta-base", new Map([["tokenizer.json", tokenizer]]));
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const options = { settings: store.settings, inspect: inspectFile };
  const weights = await resolveWeights(entry, options);
  assert.equal(opened(weights, entry).tokenizer, "tokenizer.json");
  assert.deepEqual(hub.asked.filter((each) => /\/(tokenizer\.json|sentence.*)$/.test(each)), [
    `${repository}/tokenizer.json`,
    `${repository}/sentencepiece.bpe.model`,
    "FacebookAI/xlm-roberta-base/tokenizer.json",
  ]);
});

Deno.test("without a tokenizer there is no model, and the error says which file belongs where", async () => {
  const { entry, repository, files } = xlmRoberta();
  files.set("tokenizer.json", new TextEncoder().encode(LFS_POINTER));
  await using hub = new Hub().put(repository, files);
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const options = { settings: store.settings, inspect: inspectFile };
  const message = await resolveWeights(entry, options).then(() => "", (error) => error.message);
  assert.match(
    message,
    /cannot get tokenizer\.json or sentencepiece\.bpe\.model, which the model needs/,
  );
  assert.match(message, /And beside it: tokenizer\.json or sentence/);
  // Gigabytes are not got for nothing.
  assert.ok(!hub.asked.some((each) => each.includes("open_clip_pytorch_model")));
});

Deno.test("weights that are there are kept when their tokenizer is missing", async () => {
  const { entry, repository, files } = xlmRoberta();
  await using hub = new Hub().put(repository, files);
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const options = { settings: store.settings, inspect: inspectFile };
  const weights = await resolveWeights(entry, options);
  await Deno.remove(join(dirname(weights.path), "tokenizer.json"));
  const before = hub.asked.length;
  assert.equal(await findWeights(entry, options), undefined);
  assert.equal((await resolveWeights(entry, options)).path, weights.path);
  assert.deepEqual(hub.asked.slice(before), [`${repository}/tokenizer.json`]);
});

Deno.test("weights in the Hugging Face cache are linked where their tokenizer is not beside them", async () => {
  const { entry, repository, files } = xlmRoberta();
  await using hub = new Hub().put(repository, files);
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const bytes = files.get("open_clip_pytorch_model.bin")!;
  const root = `hub/models--${repository.replace("/", "--")}`;
  const blob = await store.put(`${root}/blobs/${sha256(bytes)}`, bytes);
  const snapshot = join(store.root, root, "snapshots", "abc");
  await Deno.mkdir(snapshot, { recursive: true });
  await Deno.symlink(blob, join(snapshot, "open_clip_pytorch_model.bin"));
  const log: string[] = [];
  const options = {
    settings: store.settings,
    inspect: inspectFile,
    log: (line: string) => void log.push(line),
  };
  const weights = await resolveWeights(entry, options);
  assert.ok(weights.path.startsWith(store.settings.cache));
  assert.equal(await Deno.realPath(weights.path), await Deno.realPath(blob));
  assert.equal(opened(weights, entry).tokenizer, "tokenizer.json");
  assert.ok(!hub.asked.some((each) => each.endsWith("open_clip_pytorch_model.bin")));
  assert.match(log.join("\n"), /cannot be used as it is: there is no right tokenizer\.json beside/);

  // With the tokenizer there, too, it is used where it lies.
  await using whole = new TemporaryStore({ offline: true });
  for (const [name, content] of files) {
    await whole.put(`${root}/snapshots/abc/${name}`, content);
  }
  const found = await resolveWeights(entry, { settings: whole.settings, inspect: inspectFile });
  assert.equal(found.path, join(whole.root, root, "snapshots/abc/open_clip_pytorch_model.bin"));
});

Deno.test("weights that are split are got by their list, each part checked", async () => {
  const tar = new Uint8Array(
    gunzipSync(Deno.readFileSync(familyPath("dtype-oddities/bf16-shards.tar.gz"))),
  );
  const files: Files = new Map([...untar(tar)].map(([name, bytes]) => [basename(name), bytes]));
  const folder = await Deno.makeTempDir();
  for (const [name, bytes] of files) await Deno.writeFile(join(folder, name), bytes);
  const state = openCheckpoint(folder);
  const { architecture } = state;
  state.close();
  await Deno.remove(folder, { recursive: true });
  const entry = fakeEntry([{
    kind: "hub",
    repository: "owner/split",
    files: ["model.safetensors", "model.safetensors.index.json"],
    beside: [{ from: [{ file: "config.json" }], needed: false }],
  }], { architecture });
  await using hub = new Hub().put("owner/split", files);
  await using store = new TemporaryStore({ hubEndpoint: hub.origin });
  const options = { settings: store.settings, inspect: inspectFile };
  const weights = await resolveWeights(entry, options);
  assert.equal(basename(weights.path), "model.safetensors.index.json");
  assert.deepEqual(opened(weights, entry).architecture, architecture);
  const parts = [...files.keys()].filter((name) => /-of-/.test(name));
  assert.ok(parts.length > 1);

  // A part that is gone is got again, and nothing else.
  const before = hub.asked.length;
  await Deno.remove(join(dirname(weights.path), parts[1]!));
  assert.equal((await resolveWeights(entry, options)).path, weights.path);
  assert.deepEqual(hub.asked.slice(before).filter((each) => /-of-/.test(each)), [
    `owner/split/${parts[1]}`,
  ]);
  // One that is another is set aside.
  await Deno.writeFile(join(dirname(weights.path), parts[0]!), new Uint8Array(10));
  assert.equal(await findWeights(entry, options), undefined);
});
