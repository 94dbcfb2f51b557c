/** The peers' Python environments: made once from pinned lists, and found again by later runs. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("./", import.meta.url);

/** Environments, and the list each is installed from. */
const LISTS = {
  torch: "requirements/torch.txt",
  clip_server: "requirements/clip_server.txt",
  infinity: "requirements/infinity.txt",
} as const;

/** An environment's name. PyTorch's is shared by the others. */
export type EnvironmentName = keyof typeof LISTS;

/** Environments that are ready. */
export class Environments {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes what is missing below `root`: 7 GB, a few minutes of pip.
   * @param python A Python 3.11.
   * @param names Those that are needed; all by default.
   * @throws {Error} if Python is another, or something cannot be installed
   */
  static async install(
    root: string,
    python: string,
    log: (text: string) => void,
    names = Object.keys(LISTS) as EnvironmentName[],
  ): Promise<Environments> {
    const version = await output(python, ["--version"]);
    if (!version.startsWith("Python 3.11.")) {
      throw new Error(`The peers are pinned for Python 3.11: '${python}' is ${version.trim()}`);
    }
    await Deno.mkdir(root, { recursive: true });
    const environments = new Environments(root);
    for (const name of names) {
      await environments.#make(name, python, log);
    }
    return environments;
  }

  /** A program of an environment, `python` for instance. */
  program(name: EnvironmentName, program: string): string {
    return join(this.#root, name, "bin", program);
  }

  async #make(name: EnvironmentName, python: string, log: (text: string) => void): Promise<void> {
    const folder = join(this.#root, name);
    const list = fileURLToPath(new URL(LISTS[name], FOLDER));
    const stamp = join(folder, "installed-from.txt");
    const wanted = await Deno.readTextFile(list);
    if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return;
    log(`Installing ${name} into ${folder}`);
    await Deno.remove(folder, { recursive: true }).catch(() => undefined);
    await output(python, ["-m", "venv", folder]);
    if (name !== "torch") {
      const packages = join("lib", "python3.11", "site-packages");
      const path = join(this.#root, "torch", packages);
      await Deno.writeTextFile(join(folder, packages, "torch.pth"), `${path}\n`);
    }
    const quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await output(this.program(name, "pip"), [...quiet, "--requirement", list]);
    await Deno.writeTextFile(stamp, wanted);
  }
}

/**
 * Runs a program to its end.
 * @returns what it printed
 * @throws {Error} with the end of what it said, if it fails
 */
export async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).output();
  } catch (cause) {
    throw new Error(`'${program}' cannot be started: ${(cause as Error).message}`);
  }
  const { success, code, stdout, stderr } = result;
  if (success) return new TextDecoder().decode(stdout);
  const why = new TextDecoder().decode(stderr).trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(`'${program} ${args.join(" ")}' ended with code ${code}:\n${why}`);
}
