/** The executable, in a root where there is nothing else: no Deno, no Node, no network. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { compile } from "../../tools/compile.ts";
import { TARGETS } from "../../tools/compile/target.ts";
import { launcher } from "../../tools/compile/launcher.ts";
import { bulkSamples } from "../support/bulk_samples.ts";
import { readNpyFile } from "../support/npy_file.ts";

/** What the script calls, and what a shell of a small image brings. */
const PROGRAMS = ["sh", "tail", "gzip", "tar", "mkdir", "mv", "rm", "id", "uname"];

async function run(command: string, args: string[]): Promise<{ code: number; out: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The libraries that a program wants, by `ldd`. */
async function librariesOf(path: string): Promise<string[]> {
  const { out } = await run("ldd", [path]);
  return [...out.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, library]) => library!);
}

/** ONNX Runtime, libvips and usearch, as they are installed here. */
async function nativeParts(): Promise<string[]> {
  const store = new URL("../../node_modules/.deno", import.meta.url).pathname;
  const { out } = await run("find", [store, "-name", "*.so*", "-o", "-name", "*.node"]);
  return out.split("\n").filter((path) => /linux[-/]x64/.test(path));
}

/** A root with the C library, C++'s (which ONNX Runtime wants) and a shell's programs. */
async function bareRoot(folder: string): Promise<void> {
  const copied = new Set<string>();
  const copy = async (from: string, to: string) => {
    if (copied.has(to)) return;
    copied.add(to);
    await Deno.mkdir(dirname(join(folder, to)), { recursive: true });
    await Deno.copyFile(await Deno.realPath(from), join(folder, to));
  };
  for (const name of PROGRAMS) {
    const path = (await run("sh", ["-c", `command -v ${name}`])).out.trim();
    await copy(path, `/bin/${name}`);
    for (const library of await librariesOf(path)) await copy(library, library);
  }
  for (const path of [Deno.execPath(), ...await nativeParts()]) {
    for (const library of await librariesOf(path)) await copy(library, library);
  }
  for (const name of ["dev", "proc", "tmp", "home", "data"]) {
    await Deno.mkdir(join(folder, name), { recursive: true });
  }
  assert.equal(
    (await run("mknod", ["-m", "666", join(folder, "dev/null"), "c", "1", "3"])).code,
    0,
  );
}

/** A command line in that root, without network; `serve` besides is asked for an embedding. */
function inside(root: string, script: string): Promise<{ code: number; out: string }> {
  const start = `env -i PATH=/bin HOME=/home "$(command -v chroot)" '${root}' /clipline`;
  return run("unshare", [
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "sh",
    "-c",
    `mount -t proc proc '${root}/proc' && ip link set lo up && clipline() { ${start} "$@"; }
${script}`,
  ]);
}

Deno.test("the executable embeds and serves where there is no Deno, no Node and no network", async () => {
  await using samples = await bulkSamples();
  const root = samples.path("root");
  await Deno.mkdir(root);
  await bareRoot(root);
  const target = TARGETS.find(({ name }) => name === "linux-x64")!;
  const bytes = await compile(target, join(root, "clipline"));
  assert.ok(bytes < 120e6, `${bytes} bytes`);
  for (const name of ["circle", "square"]) {
    await Deno.copyFile(samples.path(`photos/${name}.png`), join(root, `data/${name}.png`));
  }
  const encoded = await inside(root, "clipline encode /data --out /out --model demo --json");
  assert.equal(encoded.code, 0, encoded.out);
  const { shape, data } = await readNpyFile(join(root, "out/embeddings_0.npy"));
  assert.deepEqual(shape, [2, 128]);
  const served = await inside(
    root,
    `clipline serve demo > '${root}/served.txt' 2>&1 &
until grep -q 'Try it' '${root}/served.txt'; do
  kill -0 $! || { cat '${root}/served.txt'; exit 1; }
  sleep 0.1
done
node -e '
const image = require("fs").readFileSync("${root}/data/circle.png").toString("base64");
fetch("http://127.0.0.1:51001/encode", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ data: [{ blob: image }] }),
}).then((answer) => answer.json()).then(({ data }) => console.log(JSON.stringify(data[0].embedding)));
'`,
  );
  assert.equal(served.code, 0, served.out);
  const embedding: number[] = JSON.parse(served.out.trim().split("\n").at(-1)!);
  assert.equal(embedding.length, 128);
  const furthest = Math.max(...embedding.map((number, index) => Math.abs(number - data[index]!)));
  assert.ok(furthest < 1e-5, String(furthest));
  // Unpacked once: what is there is used again.
  const again = await inside(root, "clipline --version");
  assert.match(again.out, /^\d+\.\d+\.\d+\n$/);
  const unpacked = [...Deno.readDirSync(join(root, "home/.cache/clipline/program"))];
  assert.equal(unpacked.length, 1, JSON.stringify(unpacked));
});

Deno.test("launcher() begins the archive right behind its last line break", () => {
  for (const target of TARGETS) {
    const script = launcher({ version: "1.2.3", hash: "abc", target, flags: ["-A"] });
    const offset = Number(/tail -c \+(\d+)/.exec(script)?.[1]);
    assert.equal(offset, new TextEncoder().encode(script).length + 1);
    assert.ok(script.endsWith("\n"));
  }
});

Deno.test("the executable says for which machine it is, and needs none of its own to say so", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const target = TARGETS.find(({ name }) => name === "macos-arm64")!;
    const path = join(folder, "clipline");
    await Deno.writeTextFile(path, launcher({ version: "1.2.3", hash: "abc", target, flags: [] }));
    const { code, out } = await run("sh", [path, "--version"]);
    assert.equal(code, 1);
    assert.match(
      out,
      /^clipline: this file is for Darwin on arm64; this machine is Linux on x86_64\n$/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
