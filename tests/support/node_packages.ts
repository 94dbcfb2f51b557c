/** Packages of npm for clients that other people wrote: installed from a lock file, kept in the user's cache. */
import { join } from "node:path";
import { output } from "../../bench/peers/environment.ts";
import { testEnvironment } from "./test_environment.ts";

const FILES = ["package.json", "package-lock.json"];

/**
 * The `node_modules` that `npm ci` makes of the `package.json` and `package-lock.json` in `list`, a
 * folder. The first to ask installs it from the npm registry (some seconds), others find it.
 *
 * @throws {Error} if it cannot be installed: what needs it cannot be tested then, and is not passed
 * over.
 */
export async function nodePackages(list: URL): Promise<string> {
  const texts = await Promise.all(FILES.map((name) => Deno.readTextFile(new URL(name, list))));
  const folder = await testEnvironment("node", texts.join("\n"), async (folder) => {
    for (const [i, name] of FILES.entries()) {
      await Deno.writeTextFile(join(folder, name), texts[i]!);
    }
    const quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts"];
    await output("npm", ["ci", ...quiet, "--prefix", folder]);
  });
  return join(folder, "node_modules");
}
