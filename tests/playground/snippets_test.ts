/** What the page shows as code, run against a server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LANGUAGES, snippet } from "../../src/pages/playground/page/snippets.js";
import { startDemoServer } from "../support/demo_server.ts";
import { openGateways } from "../support/gateways.ts";
import { nodePackages } from "../support/node_packages.ts";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";

/** What is installed for programs that import a client. */
const CLIENTS = new URL("../clients/requirements/", import.meta.url);

const SAMPLE = "/playground/samples/red-circle.png";
/** Everything that a shell, Python or TypeScript could mistake for its own. */
const AWKWARD =
  `a "quoted" 'cat' costs $HOME $(id) \`id\` \\ back\\\\slash \u00e9 \u{1f600} : true`;
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC",
);
const LOCAL = `my 'own' $pic "1".png`;

type Request = Parameters<typeof snippet>[1];

const at = (base: string) => ({ base, model: "clip_t", keyed: false });

function rankRequest(base: string): Request {
  return {
    path: "/rank",
    parameters: {},
    items: [{
      image: { name: "red-circle.png", url: base + SAMPLE },
      matches: [{ text: AWKWARD }, { text: "short" }, { image: { name: LOCAL, url: null } }],
    }],
  };
}

function encodeRequest(base: string): Request {
  return {
    path: "/post",
    parameters: { drop_image_content: true, on_error: "skip" },
    items: [
      { text: AWKWARD },
      { image: { name: "red-circle.png", url: base + SAMPLE } },
      { image: { name: LOCAL, url: null } },
    ],
  };
}

async function run(
  directory: string,
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: directory,
    env: { ...QUIET_CLIP_CLIENT, NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, `${command}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

Deno.test("the curl lines run in a shell as they are shown", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const base = gateways.url("http");
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(directory, LOCAL), PNG);
    const ranked = JSON.parse(
      await run(directory, "sh", ["-c", snippet("curl", rankRequest(base), at(base))]),
    );
    assert.equal(ranked.header.status, null);
    const texts = ranked.data[0].matches.map((match: { text: string }) => match.text);
    assert.ok(texts.includes(AWKWARD), String(texts));
    const encoded = JSON.parse(
      await run(directory, "sh", ["-c", snippet("curl", encodeRequest(base), at(base))]),
    );
    assert.equal(encoded.data[0].text, AWKWARD);
    const size = (await (await fetch(base + SAMPLE)).arrayBuffer()).byteLength;
    // The fake encoder gives an image's number of bytes.
    assert.deepEqual(encoded.data.slice(1).map((d: { embedding: number[] }) => d.embedding[0]), [
      size,
      PNG.length,
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the TypeScript runs as it is shown", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const base = gateways.url("http");
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(directory, LOCAL), PNG);
    const file = join(directory, "snippet.ts");
    const results: string[] = [];
    for (const request of [rankRequest(base), encodeRequest(base)]) {
      await Deno.writeTextFile(file, snippet("typescript", request, at(base)));
      results.push(
        await run(directory, Deno.execPath(), ["run", "--no-config", "--no-check", "-A", file]),
      );
    }
    assert.ok(results[0]!.includes(AWKWARD), results.join());
    assert.equal(results[0]!.trim().split("\n").length, 3);
    assert.match(results[1]!, /red-circle\.png \[ \d+, 1, 2, 3 \]/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the Python compiles, and holds the texts as they are", async () => {
  const program = `
import ast, json, sys
for source in json.load(sys.stdin):
    tree = ast.parse(source)
    print(json.dumps([n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]))
`;
  const sources = (["python", "requests"] as const).flatMap((language) =>
    [rankRequest("http://a:1"), encodeRequest("http://a:1")]
      .map((request) => snippet(language, request, at("http://a:1")))
  );
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("python3", {
      args: ["-c", program],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound) || Deno.env.get("CI") === "true") throw thrown;
    // deno-lint-ignore no-console
    console.warn("NOT TESTED: the playground's Python, as there is no python3");
    return;
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(sources)));
  await writer.close();
  const { stdout, success } = await child.output();
  assert.ok(success);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, 4);
  for (const line of lines) {
    const constants: unknown[] = JSON.parse(line);
    assert.ok(constants.includes(AWKWARD), line);
    assert.ok(constants.includes(LOCAL), line);
  }
});

/** Programs of OpenAI's dialect: what each lies in. */
const OPENAI_FILES = {
  "openai-python": "snippet.py",
  "langchain": "snippet.py",
  "openai-node": "snippet.mjs",
  "openai-curl": "snippet.sh",
} as const;
const FILES = {
  "curl": "snippet.sh",
  "python": "snippet.py",
  "requests": "snippet.py",
  "typescript": "snippet.ts",
  ...OPENAI_FILES,
} as const;

Deno.test("OpenAI's programs run as they are shown, with the real clients", async (t) => {
  const programs = {
    "snippet.py": await pythonEnvironment(new URL("acceptance.txt", CLIENTS)),
    "snippet.mjs": "node",
    "snippet.sh": "sh",
  };
  const nodeModules = await nodePackages(new URL("node/", CLIENTS));
  await using demo = await startDemoServer();
  const base = demo.http;
  const directory = await Deno.makeTempDir();
  try {
    await Deno.symlink(nodeModules, join(directory, "node_modules"));
    await Deno.writeFile(join(directory, LOCAL), PNG);
    const sample = await (await fetch(base + SAMPLE)).bytes();
    const [awkward, short, seen, own] = await embedded(base, [
      ...[AWKWARD, "short"].map((text) => ({ text })),
      ...[sample, PNG].map((bytes) => ({ blob: bytes.toBase64() })),
    ]) as [number[], number[], number[], number[]];
    for (const [language, file] of Object.entries(OPENAI_FILES)) {
      const printed = async (request: Request): Promise<string> => {
        const server = { base, model: "clip_demo", keyed: false };
        await Deno.writeTextFile(
          join(directory, file),
          snippet(language as keyof typeof OPENAI_FILES, request, server),
        );
        return await run(directory, programs[file], [file]);
      };
      await t.step(`${language}: embeddings`, async () => {
        const text = await printed(encodeRequest(base));
        if (language === "openai-curl") {
          const { data, model } = JSON.parse(text);
          assert.equal(model, "clip_demo");
          for (const [i, wanted] of [awkward, seen, own].entries()) near(data[i].embedding, wanted);
          return;
        }
        const lines = entriesOf(text);
        assert.equal(lines.length, 3, text);
        assert.ok(lines[0]!.startsWith(AWKWARD.slice(0, 20)), text);
        for (const [i, wanted] of [awkward, seen, own].entries()) {
          near(numbersAtEnd(lines[i]!, 4), wanted.slice(0, 4));
        }
      });
      if (language === "openai-curl") continue;
      await t.step(`${language}: cosines`, async () => {
        const lines = entriesOf(await printed(rankRequest(base)));
        assert.deepEqual(lines.length, 3, lines.join("\n"));
        assert.ok(lines[1]!.endsWith(" short"), lines.join("\n"));
        const cosines = lines.map((line) => Number(line.split(" ")[0]));
        near(cosines, [awkward, short, own].map((vector) => dot(vector, seen)));
      });
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Vectors of length 1, asked for by Jina's own route. */
async function embedded(base: string, data: unknown[]): Promise<number[][]> {
  const answer = await fetch(`${base}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data, parameters: { normalize: true } }),
  });
  const { data: documents } = await answer.json();
  return documents.map(({ embedding }: { embedding: number[] }) => embedding);
}

/** What a program prints of each input; Node writes lists over several lines. */
function entriesOf(printed: string): string[] {
  return printed.trim().replace(/\[\s+/g, "[").replace(/,\s+/g, ", ").split("\n")
    .filter((line) => line !== "]");
}

function numbersAtEnd(line: string, count: number): number[] {
  return line.match(/-?\d[\d.e-]*/g)!.slice(-count).map(Number);
}

function near(found: number[], wanted: number[]): void {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of wanted.entries()) {
    assert.ok(Math.abs(found[i]! - value) < 1e-5, `${found} instead of ${wanted}`);
  }
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

Deno.test("with several executors every language names the one that was asked", () => {
  const request: Request = {
    path: "/rank",
    parameters: { model_name: "clip_b" },
    items: [{ text: "a", matches: [{ text: "b" }] }],
  };
  for (const [language] of LANGUAGES) {
    const text = snippet(language, request, { base: "http://a", model: "clip_b", keyed: false });
    assert.match(text, /model(_name)?"?[:=] ?"clip_b"/, language);
    assert.doesNotMatch(text, /base64/, language);
  }
});

Deno.test("where a key is wanted every program takes it from the environment", async (t) => {
  const key = "sk-0123456789abcdef";
  await using demo = await startDemoServer({ api_keys: [key] });
  const server = { base: demo.http, model: "clip_demo", keyed: true };
  const python = await pythonEnvironment(new URL("acceptance.txt", CLIENTS));
  const jina = await pythonEnvironment(new URL("clip-client-0.8.3.txt", CLIENTS));
  const nodeModules = await nodePackages(new URL("node/", CLIENTS));
  const programs: Record<keyof typeof FILES, string[]> = {
    "curl": ["sh"],
    "python": [jina],
    "requests": [jina],
    "typescript": [Deno.execPath(), "run", "--no-config", "--no-check", "-A"],
    "openai-python": [python],
    "openai-node": ["node"],
    "langchain": [python],
    "openai-curl": ["sh"],
  };
  const directory = await Deno.makeTempDir();
  try {
    await Deno.symlink(nodeModules, join(directory, "node_modules"));
    const mixed = encodeRequest(demo.http).items.slice(0, 2);
    for (const [language] of LANGUAGES) {
      const file = FILES[language];
      const [program, ...args] = programs[language] as [string, ...string[]];
      // TypeScript begins otherwise without an image.
      for (const items of language === "typescript" ? [mixed, mixed.slice(0, 1)] : [mixed]) {
        const request: Request = { path: "/post", parameters: {}, items };
        await t.step(`${language}, ${items.length}`, async () => {
          await Deno.writeTextFile(join(directory, file), snippet(language, request, server));
          const printed = await run(directory, program, [...args, file], { API_KEY: key });
          assert.match(printed, /\d/);
          assert.doesNotMatch(printed, /API key/);
        });
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
