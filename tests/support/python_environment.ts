/** Python environments for clients that other people wrote: made from pinned lists, kept in the user's cache. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { output } from "../../bench/peers/environment.ts";
import { withFileLock } from "../../src/file_lock.ts";

/** The machine's Python; the lists are pinned for 3.11. */
const PYTHON = "python3";

/**
 * The Python of an environment with the packages of `list`, a file of `name==version` lines that
 * holds all that is needed. The first to ask installs it from PyPI (half a minute), others find it.
 *
 * @throws {Error} if it cannot be installed: what needs it cannot be tested then, and is not passed
 * over.
 */
export async function pythonEnvironment(list: URL): Promise<string> {
  const wanted = await Deno.readTextFile(list);
  const name = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  const home = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  const folder = join(home, "clipline-tests", `python-${name}`);
  const python = join(folder, "bin", "python");
  await withFileLock(`${folder}.lock`, async () => {
    const stamp = join(folder, "complete");
    if (await Deno.stat(stamp).catch(() => undefined)) return;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await output(PYTHON, ["-m", "venv", folder]);
    const quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    const path = join(folder, "requirements.txt");
    await Deno.writeTextFile(path, wanted);
    await output(python, [...quiet, "--requirement", path]);
    await Deno.writeTextFile(stamp, "");
  });
  return python;
}
