/** What the page shows as code, run against a server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LANGUAGES, snippet } from "../../src/pages/playground/page/snippets.js";
import { openGateways } from "../support/gateways.ts";

const SAMPLE = "/playground/samples/red-circle.png";
/** Everything that a shell, Python or TypeScript could mistake for its own. */
const AWKWARD =
  `a "quoted" 'cat' costs $HOME $(id) \`id\` \\ back\\\\slash \u00e9 \u{1f600} : true`;
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC",
);
const LOCAL = `my 'own' $pic "1".png`;

type Request = Parameters<typeof snippet>[1];

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
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: directory,
    env: { NO_COLOR: "1" },
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
      await run(directory, "sh", ["-c", snippet("curl", rankRequest(base), base)]),
    );
    assert.equal(ranked.header.status, null);
    const texts = ranked.data[0].matches.map((match: { text: string }) => match.text);
    assert.ok(texts.includes(AWKWARD), String(texts));
    const encoded = JSON.parse(
      await run(directory, "sh", ["-c", snippet("curl", encodeRequest(base), base)]),
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
      await Deno.writeTextFile(file, snippet("typescript", request, base));
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
      .map((request) => snippet(language, request, "http://a:1"))
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

Deno.test("with several executors every language names the one that was asked", () => {
  const request: Request = {
    path: "/rank",
    parameters: { model_name: "clip_b" },
    items: [{ text: "a", matches: [{ text: "b" }] }],
  };
  for (const [language] of LANGUAGES) {
    const text = snippet(language, request, "http://a");
    assert.match(text, /model_name"?: "clip_b"/, language);
    assert.doesNotMatch(text, /base64/, language);
  }
});
