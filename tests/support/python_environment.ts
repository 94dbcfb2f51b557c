/** Virtual environments of Python for tests, installed once from a list of pinned packages. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { output } from "../../bench/peers/environment.ts";

/**
 * Installs the packages of a list, if an earlier run has not; returns the environment's `bin`.
 * @param name of the environment's folder
 * @param list path of a requirements file with all packages, those that others need too
 * @throws {Error} if there is no Python with `venv`, or the packages cannot be had
 */
export async function pythonEnvironment(name: string, list: string): Promise<string> {
  const folder = join(tmpdir(), `clipline-tests-${name}`);
  const stamp = join(folder, "installed-from.txt");
  const wanted = await Deno.readTextFile(list);
  const bin = join(folder, "bin");
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return bin;
  await Deno.remove(folder, { recursive: true }).catch(() => undefined);
  await output("python3", ["-m", "venv", folder]);
  const quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-deps"];
  await output(join(bin, "pip"), [...quiet, "--requirement", list]);
  await Deno.writeTextFile(stamp, wanted);
  return bin;
}
