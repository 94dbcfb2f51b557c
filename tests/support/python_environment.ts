/** Python environments for clients that other people wrote: made from pinned lists, kept in the user's cache. */
import { join } from "node:path";
import { output } from "../../bench/peers/environment.ts";
import { testEnvironment } from "./test_environment.ts";

/** The machine's Python; the lists are pinned for 3.11. */
const PYTHON = "python3";

/** Installs packages ten times as fast as pip, which installs it. */
const UV = "uv==0.13.9";

/**
 * Variables of clip_client's programs: without them each asks PyPI for a newer version of it, and
 * tells its makers that it was used, before it ends.
 */
export const QUIET_CLIP_CLIENT: Readonly<Record<string, string>> = {
  NO_VERSION_CHECK: "1",
  JINA_OPTOUT_TELEMETRY: "1",
  JINA_HIDE_SURVEY: "1",
};

/**
 * The Python of an environment with the packages of `list`, a file of `name==version` lines that
 * holds all that is needed. The first to ask installs it from PyPI (some seconds), others find it.
 *
 * @param python another version, for what has no packages for this one
 * @throws {Error} if it cannot be installed: what needs it cannot be tested then, and is not passed
 * over.
 */
export async function pythonEnvironment(list: URL, python = PYTHON): Promise<string> {
  const wanted = await Deno.readTextFile(list);
  const folder = await testEnvironment("python", wanted, async (folder) => {
    const uv = await installer();
    await output(uv, ["venv", "--quiet", "--seed", "--python", python, folder]);
    const path = join(folder, "requirements.txt");
    await Deno.writeTextFile(path, wanted);
    const into = ["--python", join(folder, "bin", "python")];
    await output(uv, ["pip", "install", "--quiet", "--no-deps", ...into, "--requirement", path]);
  });
  return join(folder, "bin", "python");
}

async function installer(): Promise<string> {
  const folder = await testEnvironment("uv", UV, async (folder) => {
    await output(PYTHON, ["-m", "venv", folder]);
    const quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await output(join(folder, "bin", "pip"), [...quiet, UV]);
  });
  return join(folder, "bin", "uv");
}
