/** A project of Node's with the client's npm package installed from its tarball. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, stop } from "esbuild";
import { output } from "../../bench/peers/environment.ts";
import config from "../../deno.json" with { type: "json" };
import { packageClient } from "../../tools/package_client.ts";

const QUIET = ["--loglevel=error", "--no-audit", "--no-fund"];

/** The project; `await using` takes it away. */
export class NodeProject implements AsyncDisposable {
  /** @param folder where it lies. */
  private constructor(readonly folder: string) {}

  /** Makes the package, packs it as for publishing, and installs that. */
  static async create(): Promise<NodeProject> {
    const folder = await Deno.makeTempDir({ prefix: "clipline-node-" });
    const project = new NodeProject(folder);
    await packageClient(pathToFileURL(`${join(folder, "package")}/`));
    await output("npm", [
      "pack",
      ...QUIET,
      join(folder, "package"),
      "--pack-destination",
      folder,
    ]);
    const [tarball] = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(".tgz"));
    await project.write("package.json", '{"type": "module", "private": true}');
    await project.install(join(folder, tarball!), exact("ws"));
    return project;
  }

  /** Installs packages, as `name@version` or a tarball. */
  async install(...packages: string[]): Promise<void> {
    await output("npm", ["install", ...QUIET, "--prefix", this.folder, ...packages]);
  }

  /** Writes a file. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.folder, name), text);
  }

  /** Makes a module of a TypeScript file of the tests. */
  async compile(source: string, name: string): Promise<void> {
    try {
      await build({
        entryPoints: [source],
        outfile: join(this.folder, name),
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        packages: "external",
        logLevel: "silent",
      });
    } finally {
      await stop();
    }
  }

  /** Runs a program here; what it printed, and whether it ended well. */
  async run(
    program: string,
    args: string[],
    env: Record<string, string> = {},
  ): Promise<{ ok: boolean; text: string }> {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { ok: success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The oldest Node that the package is for. */
const OLDEST_NODE = "20.20.2";

/** The words that start it: the machine's own, if it is of that line, or npm's. */
export function oldestNode(): [string, ...string[]] {
  const { stdout } = new Deno.Command("node", { args: ["--version"] }).outputSync();
  const major = new TextDecoder().decode(stdout).split(".")[0];
  return major === `v${OLDEST_NODE.split(".")[0]}`
    ? ["node"]
    : ["npx", "-y", "--loglevel=error", `node@${OLDEST_NODE}`];
}

/** A package in the version that the project has. */
export function exact(name: keyof typeof config.imports): string {
  return config.imports[name].replace(/^npm:/, "");
}
