import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Console } from "../../src/cli/model/console.ts";
import { runModelCommand } from "../../src/cli/model.ts";
import { CATALOG } from "../../src/model/catalog/catalog.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import { readManifest } from "../../src/graph/manifest.ts";
import { buildSafetensors, tinyShapes } from "../checkpoint/containers/build_safetensors.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { RawServer, sampleBytes, sha256 } from "../model/store/raw_server.ts";
import { LFS_POINTER, packedCheckpoint } from "../support/hollow_checkpoint.ts";

/** A command line of its own, with its own caches. */
class Shell implements AsyncDisposable {
  readonly store = new TemporaryStore();
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    this.#env = {
      HOME: this.store.root,
      CLIPLINE_CACHE: this.store.settings.cache,
      CLIPLINE_OFFLINE: "1",
      ...env,
    };
  }

  async run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const console: Console = {
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      env: (name) => this.#env[name],
      progress: silentProgress,
    };
    const code = await runModelCommand(args, console);
    return { code, out: out.join("\n"), err: err.join("\n") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}

/** One of the small checkpoints of the fixtures, unpacked. */
async function fixture(name: string): Promise<Uint8Array> {
  const path = new URL(`../fixtures/checkpoints/${name}.gz`, import.meta.url);
  return gunzipSync(await Deno.readFile(fileURLToPath(path)));
}

Deno.test("model --help and every command's --help fit into 80 columns", async () => {
  await using shell = new Shell();
  for (
    const command of [[], ["list"], ["pull"], ["convert"], ["prepare"], ["info"], ["verify"], [
      "prune",
    ]]
  ) {
    const { code, out, err } = await shell.run(...command, "--help");
    assert.equal(code, 0);
    assert.equal(err, "");
    assert.match(out, /^Usage: deno task model/);
    for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
  }
});

Deno.test("model ends with code 2 for a command line that means nothing", async () => {
  await using shell = new Shell();
  const table: [args: string[], message: RegExp][] = [
    [[], /^Usage/],
    [
      ["fetch"],
      /There is no command "fetch"; choose one of list, pull, convert, prepare, info, verify, prune/,
    ],
    [["pull"], /A name is missing \(`model pull --help`/],
    [["pull", "a", "b"], /"b" is one word too many/],
    [["list", "--wrong"], /--wrong/],
    [["pull", "ViT-B/33"], /Unknown model "ViT-B\/33"; did you mean/],
    [["pull", "nllb-clip-base-siglip__v1"], /is not supported: it has a text tower/],
    [["list", "--family", "siglip3"], /--family must be openai, .*: received "siglip3"/],
    [["list", "no-such-model"], /Unknown model "no-such-model"/],
    [["verify", "nothing"], /Unknown model/],
    [["info", "/no/such/file.pt"], /There is no file "\/no\/such\/file.pt"/],
    [["convert", "RN50", "--dtype", "fp8"], /--dtype must be fp32, fp16, int8: received "fp8"/],
  ];
  for (const [args, message] of table) {
    const { code, out, err } = await shell.run(...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, message);
    assert.equal(out, "");
  }
});

Deno.test("model list shows every model in 80 columns, and what is here", async () => {
  await using shell = new Shell();
  await shell.store.put("clipline/checkpoints/RN50-openai/RN50.pt", sampleBytes(9));
  await shell.store.put(".cache/clip/ViT-B-32/textual.onnx", sampleBytes(9));
  await shell.store.put(".cache/clip/ViT-B-32/visual.onnx", sampleBytes(9));
  const { code, out } = await shell.run("list");
  assert.equal(code, 0);
  const lines = out.split("\n");
  assert.equal(lines.length, CATALOG.length + 1);
  // One name alone takes 52 of them.
  const wide = lines.filter((line) => line.length > 80);
  assert.deepEqual(wide.map((line) => line.split(" ")[0]), [
    "xlm-roberta-large-ViT-H-14::frozen_laion5b_s13b_b90k",
  ]);
  const line = (name: string) => lines.find((each) => each.startsWith(name)) ?? "";
  assert.match(line("RN50::openai"), /^RN50::openai +1024 +224 +77 +en +weights$/);
  assert.match(line("ViT-B-32::openai"), /onnx$/);
  assert.match(line("ViT-H-14::laion2b"), /1024 +224 +77 +en +-$/);
  assert.match(line("CN-CLIP/RN50"), /1024 +224 +52 +zh +-$/);
  assert.match(line("google/siglip2-base-patch16-224"), /768 +224 +64 +100\+ +-$/);

  const local = await shell.run("list", "--local");
  assert.equal(local.out.split("\n").length, 3);
  const one = await shell.run("list", "openai/clip-vit-base-patch32");
  assert.match(one.out, /^MODEL.*\nViT-B-32::openai .*onnx$/);
});

Deno.test("model list has families, and models by a part of their names", async () => {
  await using shell = new Shell();
  const names = async (...args: string[]) =>
    (await shell.run("list", ...args)).out.split("\n").slice(1).map((line) => line.split(" ")[0]);
  assert.deepEqual(await names("--family", "m-clip"), [
    "M-CLIP/XLM-Roberta-Large-Vit-B-32",
    "M-CLIP/XLM-Roberta-Large-Vit-L-14",
    "M-CLIP/XLM-Roberta-Large-Vit-B-16Plus",
    "M-CLIP/LABSE-Vit-L-14",
  ]);
  assert.deepEqual(await names("siglip2-giant"), [
    "google/siglip2-giant-opt-patch16-256",
    "google/siglip2-giant-opt-patch16-384",
  ]);
  assert.deepEqual(await names("dfn5b", "--family", "DFN"), [
    "ViT-H-14::dfn5b",
    "ViT-H-14-378::dfn5b",
  ]);
  const json = JSON.parse((await shell.run("list", "--family", "chinese_clip", "--json")).out);
  assert.equal(json.length, 5);
  assert.equal(json[0].languages, "Chinese");
  assert.equal(json[0].family, "chinese-clip");
});

Deno.test("model info tells languages, licence, memory, files and origin of what the catalog knows", async () => {
  await using shell = new Shell();
  const { out, code } = await shell.run("info", "XLM-Roberta-Large-Vit-B-32");
  assert.equal(code, 0);
  assert.match(out, /^Family +M-CLIP \(m-clip\)$/m);
  assert.match(out, /^Name from +clip_server 0\.8\.3$/m);
  assert.match(out, /^Languages +100 \(XLM-RoBERTa's/m);
  assert.match(out, /^Licence +MIT \(multilingual-clip 1\.0\.10\)$/m);
  assert.match(out, /^Memory +2\.59 GB of fp32 weights; a server about /m);
  assert.match(out, /^Images +those of ViT-B-32::openai$/m);
  const at = "https://huggingface\\.co/M-CLIP/XLM-Roberta-Large-Vit-B-32/resolve/main";
  assert.match(out, new RegExp(`with ${at}/config\\.json, if it is there$`, "m"));
  assert.match(out, new RegExp(`with ${at}/tokenizer\\.json$`, "m"));
  assert.match(out, new RegExp(`or ${at}/sentencepiece\\.bpe\\.model$`, "m"));
  assert.match(out, /compared with the sha256 that the hub states, else pinned when first seen/);
  const { model } = JSON.parse((await shell.run("info", "CN-CLIP/RN50", "--json")).out);
  assert.equal(model.languages, "Chinese");
  assert.equal(model.licence, undefined);
  assert.equal(model.images, null);
  const metaclip = (await shell.run("info", "facebook/metaclip-b32-400m")).out;
  assert.match(metaclip, /no hash is published: pinned when first seen/);
  const siglip = (await shell.run("info", "google/siglip2-base-patch16-224")).out;
  assert.match(siglip, /^Resize +bilinear, squashed to 224 x 224$/m);
  assert.match(siglip, /^Tokenizer +tokenizer\.json$/m);
});

Deno.test("model commands take the names of other programs", async () => {
  await using shell = new Shell();
  for (const name of ["ViT-B-32__openai", "clip-ViT-B-32", "Xenova/clip-vit-base-patch32"]) {
    const { code, out } = await shell.run("info", name);
    assert.equal(code, 0);
    assert.match(out, /^Model +ViT-B-32::openai \(OpenAI\)$/m);
    const { model } = JSON.parse((await shell.run("info", name, "--json")).out);
    assert.ok(model.aliases.includes(name), name);
  }
});

Deno.test("model list --json gives names, architecture and paths", async () => {
  await using shell = new Shell();
  const path = await shell.store.put("clipline/checkpoints/RN50-openai/RN50.pt", sampleBytes(9));
  const { out } = await shell.run("list", "--json", "--local");
  const [model, ...others] = JSON.parse(out);
  assert.deepEqual(others, []);
  assert.equal(model.name, "RN50::openai");
  assert.ok(model.aliases.includes("RN50"));
  assert.ok(model.aliases.includes("immich-app/RN50__openai"));
  assert.equal(model.architecture.vision.imageSize, 224);
  assert.deepEqual(model.checkpoints, [path]);
});

Deno.test("model info describes a checkpoint on disk", async () => {
  await using shell = new Shell();
  const path = await shell.store.put("tiny.pt", await fixture("vit-b/openai_jit.pt"));
  const { code, out } = await shell.run("info", path);
  assert.equal(code, 0);
  assert.match(out, /^Checkpoint +\/.*tiny\.pt$/m);
  assert.match(out, /^Format +torchscript, names of openai$/m);
  assert.match(out, /^Parameters +[\d,]+ in \d+ tensors$/m);
  assert.match(out, /^Types +float16 [\d.]+%, float32 [\d.]+%$/m);
  assert.match(out, /^Embedding +32 values$/m);
  assert.match(out, /^Vision +transformer: image 64, patch 8, width 64, 1 layers, 1 heads/m);

  const { checkpoint, model } = JSON.parse((await shell.run("info", path, "--json")).out);
  assert.equal(model, null);
  assert.equal(checkpoint.architecture.embedDim, 32);
  assert.equal(checkpoint.format, "torchscript");
});

Deno.test("model info tells what the catalog knows of a model that is not here", async () => {
  await using shell = new Shell();
  const { code, out } = await shell.run("info", "ViT-B-32::laion400m_e32");
  assert.equal(code, 0);
  assert.match(out, /^Model +ViT-B-32::laion400m_e32 \(OpenCLIP\)$/m);
  assert.match(out, /https:\/\/github\.com\/.*46683a32\.pt/);
  assert.match(out, /Trained with QuickGELU, .*clip-as-service ran/);
  assert.match(out, /not here; `model pull ViT-B-32::laion400m_e32` gets it/);
});

Deno.test("model info refuses a broken checkpoint with code 1", async () => {
  await using shell = new Shell();
  const path = await shell.store.put("broken.pt", sampleBytes(500));
  const { code, err } = await shell.run("info", path);
  assert.equal(code, 1);
  assert.match(err, /broken\.pt/);
  assert.doesNotMatch(err, /at file:/);
});

Deno.test("model pull gets the weights through a mirror and prints their path", async () => {
  // RN50's tensors, all zeros, gzipped: what a file is, its content says.
  const bytes = packedCheckpoint("RN50::cc12m");
  await using server = new RawServer(({ path }) =>
    path.endsWith("/open_clip_model.safetensors") ? { body: bytes } : { status: 404 }
  );
  await using shell = new Shell({ CLIPLINE_OFFLINE: "0", CLIPLINE_MIRROR: server.origin });
  const pulled = await shell.run("pull", "RN50::cc12m");
  assert.equal(pulled.code, 0, pulled.err);
  assert.deepEqual(await Deno.readFile(pulled.out), bytes);
  assert.match(pulled.err, new RegExp(`sha256 ${sha256(bytes)}`));

  const verified = await shell.run("verify");
  assert.equal(verified.code, 0);
  assert.equal(verified.out, `ok  RN50::cc12m  ${pulled.out}`);

  await Deno.writeFile(pulled.out, sampleBytes(1_999));
  const wrong = await shell.run("verify", "RN50::cc12m");
  assert.equal(wrong.code, 1);
  assert.match(wrong.out, /^WRONG {2}sha256 [0-9a-f]{64}, wanted sha256 [0-9a-f]{16}…/);
});

const NOT_WEIGHTS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["a Git LFS pointer", new TextEncoder().encode(LFS_POINTER), /it is a Git LFS pointer/],
  ["seven bytes of text", new TextEncoder().encode("nothing"), /its format is unknown/],
  ["a truncated file", buildSafetensors(tinyShapes()).subarray(0, -9), /safetensors/],
  [
    "a tiny CLIP",
    buildSafetensors(tinyShapes()),
    /it is another model: it has embeddings of 6 instead of 512, images of 4 instead of 224, image width 4 instead of 768/,
  ],
];
for (const [what, bytes, reason] of NOT_WEIGHTS) {
  Deno.test(`model pull and verify end with code 1 for ${what} under a model's name`, async () => {
    const name = "ViT-B-32::laion2b-s34b-b79k";
    await using server = new RawServer(({ path }) =>
      path.endsWith("/open_clip_model.safetensors") ? { body: bytes } : { status: 404 }
    );
    await using shell = new Shell({ CLIPLINE_OFFLINE: "0", CLIPLINE_MIRROR: server.origin });
    const pulled = await shell.run("pull", name);
    assert.equal(pulled.code, 1);
    assert.match(pulled.err, reason);
    assert.equal((await shell.run("verify", name)).code, 1, "nothing stays");

    // The same, where an earlier version or a hand has put it.
    const path = "clipline/checkpoints/ViT-B-32-laion2b-s34b-b79k/open_clip_model.safetensors";
    await shell.store.put(path, bytes);
    const verified = await shell.run("verify");
    assert.equal(verified.code, 1);
    assert.match(verified.out, /^WRONG {2}/);
    assert.match(verified.out, reason);
  });
}

Deno.test("model pull ends with code 1 and says what to do when there is no network", async () => {
  await using shell = new Shell();
  const { code, err } = await shell.run("pull", "ViT-B/32");
  assert.equal(code, 1);
  assert.match(err, /Put it at: .*checkpoints\/ViT-B-32-openai\/ViT-B-32\.pt/);
});

Deno.test("model verify says so when there is nothing, and when nothing is known", async () => {
  await using shell = new Shell();
  for (
    const [args, message] of [
      [[], /no models in the caches/],
      [["RN50"], /"RN50" is in no cache/],
    ] as const
  ) {
    const { code, err } = await shell.run("verify", ...args);
    assert.equal(code, 1);
    assert.match(err, message);
  }
  await shell.store.put(
    "clipline/checkpoints/RN50-openai/open_clip_model.safetensors",
    packedCheckpoint("RN50::openai"),
  );
  const { code, out } = await shell.run("verify", "RN50");
  assert.equal(code, 0);
  assert.match(out, /^\? +sha256 /);
});

Deno.test("model convert writes graphs to a folder, or once to the cache", async () => {
  await using shell = new Shell();
  const path = await shell.store.put("tiny.pt", await fixture("vit-b/openai_jit.pt"));
  const folder = join(shell.store.root, "graphs-here");
  const toFolder = await shell.run("convert", path, "--out", folder, "--pixels", "float32");
  assert.equal(toFolder.code, 0, toFolder.err);
  assert.equal(toFolder.out, folder);
  const manifest = await readManifest(folder);
  assert.equal(manifest.pixels, "float32");
  assert.equal(manifest.architecture.embedDim, 32);

  const first = await shell.run("convert", path, "--dtype", "int8");
  assert.equal(first.code, 0, first.err);
  assert.ok(first.out.startsWith(shell.store.settings.cache));
  assert.equal((await readManifest(first.out)).dtype, "int8");
  const written = (await Deno.stat(join(first.out, "textual.onnx"))).mtime;
  const second = await shell.run("convert", path, "--dtype", "int8");
  assert.equal(second.out, first.out);
  assert.deepEqual((await Deno.stat(join(first.out, "textual.onnx"))).mtime, written);
});

Deno.test("the command is a program of its own", async () => {
  const script = fileURLToPath(new URL("../../src/cli/model.ts", import.meta.url));
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, ...args],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  const help = await run("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /^Usage/);
  const wrong = await run("nonsense");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^There is no command "nonsense"/);
  assert.doesNotMatch(wrong.err, /at file:/);
});

Deno.test("model prune removes what no start will use, and says what it was", async () => {
  await using shell = new Shell();
  const path = await shell.store.put("vit-b.pt", await fixture("vit-b/openai_jit.pt"));
  const { out: directory } = await shell.run("convert", path);
  assert.deepEqual(await shell.run("prune"), {
    code: 0,
    out: "",
    err: "There is nothing to remove",
  });
  await Deno.remove(join(directory, "visual.onnx"));
  const pruned = await shell.run("prune");
  assert.equal(pruned.code, 0);
  assert.match(pruned.out, /^removed {2}.*graphs.* \(.*B, damaged/);
  assert.match(pruned.err, /B are free again/);
  await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
  assert.equal((await shell.run("convert", path)).out, directory);
  assert.match((await shell.run("prune", "--all")).out, /vit-b\.pt, .*still good/);
});
