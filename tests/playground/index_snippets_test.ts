/** What the page shows as code for an index, run against a server that has one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  clearRequest,
  deleteRequest,
  indexRequest,
  listRequest,
  searchRequest,
} from "../../src/pages/playground/page/index_requests.js";
import { LANGUAGES, OPENAI_LANGUAGES, snippet } from "../../src/pages/playground/page/snippets.js";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";
import { startSearchServer } from "../support/search_server.ts";

const SAMPLE = "/playground/samples/red-circle.png";
const LOCAL = `my 'own' $pic "1".png`;
const AWKWARD = `a "red" 'circle' costs $HOME $(id) \`id\` \\ \u00e9 : true`;
const KEY = "sk-0123456789abcdef";

Deno.test("programs for an index run as they are shown, with a key and without", async (t) => {
  const jina = await pythonEnvironment(
    new URL("../clients/requirements/clip-client-0.8.3.txt", import.meta.url),
  );
  const programs = {
    "curl": ["snippet.sh", "sh"],
    "python": ["snippet.py", jina],
    "requests": ["snippet.py", jina],
    "typescript": ["snippet.ts", Deno.execPath(), "run", "--no-config", "--no-check", "-A"],
  } as const;
  const directory = await Deno.makeTempDir();
  try {
    for (const keyed of [true, false]) {
      await using search = await startSearchServer(keyed ? { api_keys: [KEY] } : {});
      const base = search.url;
      const sample = await (await fetch(base + SAMPLE)).bytes();
      await Deno.writeFile(join(directory, LOCAL), sample);
      const post = async (path: string, body: unknown) => {
        const response = await fetch(base + path, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
          body: JSON.stringify(body),
        });
        return (await response.json()).data;
      };
      const kept = async (): Promise<string[]> =>
        (await post("/filter", {})).map(({ id }: { id: string }) => id).sort();
      for (const [language, [file, program, ...args]] of Object.entries(programs)) {
        const run = async (request: Parameters<typeof snippet>[1]): Promise<string> => {
          const server = { base, model: "clip_demo", keyed };
          const code = snippet(language as keyof typeof programs, request, server);
          await Deno.writeTextFile(join(directory, file), code);
          const { success, stdout, stderr } = await new Deno.Command(program, {
            args: [...args, file],
            cwd: directory,
            env: { ...QUIET_CLIP_CLIENT, NO_COLOR: "1", API_KEY: KEY },
          }).output();
          const decoder = new TextDecoder();
          assert.ok(success, `${decoder.decode(stderr)}\n${code}`);
          return decoder.decode(stdout);
        };
        await t.step(`${language}, ${keyed ? "with" : "without"} a key`, async () => {
          await post("/clear", {});
          await run(indexRequest([
            {
              id: "seen",
              image: { name: "red-circle.png", url: base + SAMPLE },
              uri: "data:image/webp;base64,UklGRg==",
              tags: { name: AWKWARD, bytes: sample.length },
            },
            { id: "own", image: { name: LOCAL, url: null }, tags: { name: LOCAL, bytes: 1 } },
          ], {}));
          assert.deepEqual(await kept(), ["own", "seen"]);
          const [{ tags }] = await post("/filter", {
            parameters: { filter: { bytes: { $gt: 1 } } },
          });
          assert.deepEqual(tags, { name: AWKWARD, bytes: sample.length });
          const all = { limit: 5, filter: undefined };
          const own = { limit: 5, filter: { bytes: { $lt: 2 } } };
          const found = await run(searchRequest({ text: AWKWARD }, all, {}));
          assert.match(found, /seen[^]*own|own[^]*seen/);
          assert.match(found, /cosine/);
          const filtered = await run(
            searchRequest({ image: { name: LOCAL, url: null } }, own, {}),
          );
          assert.match(filtered, /\bown\b/);
          assert.doesNotMatch(filtered, /\bseen\b/);
          const [{ embedding }] = await post("/fill_embedding", { data: [{ id: "own" }] });
          const like = await run(searchRequest({ id: "own", embedding }, all, {}));
          assert.match(like, /\bseen\b/);
          const listed = await run(listRequest({ ...all, documents: 2 }, {}));
          assert.match(listed, /seen[^]*own/);
          await run(deleteRequest("own", {}));
          assert.deepEqual(await kept(), ["seen"]);
          await run(clearRequest({}));
          assert.deepEqual(await kept(), []);
        });
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("OpenAI's programs say that there is no index in its API", () => {
  const request = searchRequest({ text: "x" }, { limit: 1, filter: undefined }, {});
  for (const [language] of LANGUAGES.filter(([language]) => OPENAI_LANGUAGES.has(language))) {
    const text = snippet(language, request, { base: "http://a", model: "m", keyed: false });
    assert.match(text, /^(#|\/\/) OpenAI's API has no search/, language);
  }
});
