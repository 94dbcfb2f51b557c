/** Runs code blocks as a reader would, against the demonstration servers. */
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { loadFlow } from "../../src/flow/load.ts";
import { findModel } from "../../src/model/catalog/catalog.ts";
import type { CodeBlock } from "./code_blocks.ts";
import { programFile, typeScript } from "./typescript_blocks.ts";
import { DemoProgram, ROOT } from "./demo_program.ts";
import { nodePackages } from "../support/node_packages.ts";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";
import { parseShown, shownMismatch } from "./shown_json.ts";

/** What the page starts the server with; the tests start it themselves. */
export const DEMO_COMMAND = "npx -y deno@2.9.6 task demo\n";
/** The same of the one with an index; what follows on the page is asked of it. */
const SEARCH_COMMAND = "npx -y deno@2.9.6 task search\n";

/** The keys of a flow whose values are paths. */
const PATH_KEYS =
  /^[\s-]*(?:model_path|ssl_certfile|ssl_keyfile|ssl_client_ca|file):\s*([^\s#]+)/gm;
/** What stands in files that are made for them: a key, for those who want one. */
const FILE_TEXT = `${"0".repeat(32)}\n`;
/** What a variable that is a URL holds: only databases have one. */
const DATABASE_URL = "postgresql://user:password@host:5432/database";
/** Variables that a flow reads. */
const VARIABLES = /\$\{\{ *ENV\.(\w+) *\}\}/g;

const list = (name: string) => new URL(`../clients/requirements/${name}`, import.meta.url);

/** What programs in Python import, and what is installed for them; the first that fits. */
const PYTHON_LISTS: readonly [RegExp, URL][] = [
  [/clip_client/, list("clip-client-0.8.3.txt")],
  [/^(from|import) infinity_client/m, list("infinity-client.txt")],
  [
    /^(from|import) (openai|langchain|llama_index|haystack|chromadb|litellm|cohere|voyageai|huggingface_hub|tritonclient)/m,
    list("acceptance.txt"),
  ],
];

/** Makes a fragment with only `with:` a flow. */
const SOME_EXECUTOR = "executors:\n  - uses: CLIPEncoder\n";

/** A shell for the blocks of one page. */
export class BlockRunner implements AsyncDisposable {
  #demo: DemoProgram;
  #search: DemoProgram | undefined;
  readonly #folder: string;
  #output: string | undefined;

  /** @param folder for files that blocks need; must exist. */
  constructor(demo: DemoProgram, folder: string) {
    this.#demo = demo;
    this.#folder = folder;
  }

  /**
   * Runs or checks a block.
   * @throws if it fails, if it shows what is not so, or if nobody knows how to run it.
   */
  async run(block: CodeBlock): Promise<void> {
    const { marks, text, language } = block;
    if (marks.includes("starts the demo server")) return assert.equal(text, DEMO_COMMAND);
    if (marks.includes("starts the search server")) {
      assert.equal(text, SEARCH_COMMAND);
      this.#search = this.#demo = await DemoProgram.start({ task: "search" });
      return;
    }
    if (marks.includes("output")) return this.#compare(block);
    switch (language) {
      case "sh":
        return await this.#execute("bash", ["-euo", "pipefail", "-c", this.#command(text)]);
      case "python":
        return await this.#execute(await pythonFor(text), ["-c", this.#demo.withPorts(text)]);
      case "ts": {
        const file = programFile(block, this.#folder);
        const program = typeScript(block);
        await Deno.writeTextFile(file, this.#demo.withPorts(program));
        return await this.#execute("deno", [
          ...["run", "--no-check", "--config", join(ROOT, "deno.json"), "--allow-net"],
          ...(program === text ? [] : ["--allow-read", "--allow-env", "--allow-sys"]),
          file,
        ]);
      }
      case "js": {
        const file = join(this.#folder, `block_${block.line}.mjs`);
        await Deno.writeTextFile(file, this.#demo.withPorts(text));
        await linkOnce(await nodePackages(list("node/")), join(this.#folder, "node_modules"));
        return await this.#execute("node", [file]);
      }
      case "json":
        return void JSON.parse(text);
      case "yaml":
        return this.#loadYaml(text);
      case "nginx":
      case "caddyfile":
        return assert.equal(block.file, "docs/deployment.md", "proxies_test.ts runs those there");
      case "haproxy":
        return assert.equal(block.file, "docs/immich.md", "immich_router_test.ts runs it there");
      case "":
      case "text":
        return assert.doesNotMatch(text, /^\s*(\$ |deno |npx |curl |docker )/m, "a command");
      default:
        assert.fail(`nobody knows how to run '${language}'`);
    }
  }

  /** Stops the server that the page started, if it did. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#search?.[Symbol.asyncDispose]();
  }

  /** Deno is the one that runs the tests, under the name that the page uses. */
  #command(text: string): string {
    return this.#demo.withPorts(text.replaceAll("npx -y deno@2.9.6", "deno"));
  }

  async #execute(program: string, args: string[]): Promise<void> {
    const bin = join(this.#folder, "bin");
    await Deno.mkdir(bin, { recursive: true });
    await linkOnce(Deno.execPath(), join(bin, "deno"));
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: ROOT,
      env: {
        ...QUIET_CLIP_CLIENT,
        PATH: `${bin}${delimiter}${Deno.env.get("PATH")}`,
        CLIPLINE_CACHE: join(this.#folder, "cache"),
        NO_COLOR: "1",
      },
      stdin: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    this.#output = new TextDecoder().decode(stdout);
    assertServed(this.#output);
  }

  #compare({ language, text }: CodeBlock): void {
    const real = this.#output;
    assert.ok(real !== undefined, "there is no block before whose output this could be");
    this.#output = undefined;
    if (language === "text") return assert.equal(real, text);
    // Not `json`: highlighters show `…` as a mistake there.
    assert.equal(language, "js");
    assert.equal(shownMismatch(parseShown(text), JSON.parse(real)), undefined);
  }

  #loadYaml(text: string): void {
    const { jtype, executors, with: gateway } = parse(text);
    if (!jtype && !executors && !gateway) return;
    for (const [, path] of text.matchAll(PATH_KEYS)) {
      const full = join(this.#folder, path!);
      Deno.mkdirSync(join(full, /\.\w+$/.test(path!) ? ".." : "."), { recursive: true });
      if (/\.\w+$/.test(path!)) Deno.writeTextFileSync(full, FILE_TEXT);
    }
    const env = Object.fromEntries(
      [...text.matchAll(VARIABLES)].map(([, name]) => [
        name!,
        name!.endsWith("_URL") ? DATABASE_URL : `${name}${FILE_TEXT.trim()}`,
      ]),
    );
    const source = { text: executors ? text : text + SOME_EXECUTOR, name: "flow.yml" };
    const flow = loadFlow(source, env, { knownModel: findModel, cwd: this.#folder });
    assert.deepEqual(flow.warnings, []);
  }
}

/** The machine's Python; or one with the clients that a program uses. */
async function pythonFor(program: string): Promise<string> {
  const needed = PYTHON_LISTS.find(([imports]) => imports.test(program));
  return needed ? await pythonEnvironment(needed[1]) : "python3";
}

/** Makes a symbolic link that may be there already. */
async function linkOnce(target: string, path: string): Promise<void> {
  await Deno.symlink(target, path).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
  });
}

/** A server that answers with an error inside has not served. */
function assertServed(output: string): void {
  if (!output.startsWith('{"header":')) return;
  assert.equal(JSON.parse(output).header.status, null);
}
