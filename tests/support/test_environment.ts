/** Folders of programs that tests install from a registry, once, into the user's cache. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { withFileLock } from "../../src/file_lock.ts";

/** The folder in the user's cache that tests have to themselves; it may not be there yet. */
export function testsFolder(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(home, "clipline-tests");
}

/**
 * The folder of what is installed for `wanted`, a text that says all of it with its versions. The
 * first to ask installs it, others wait for that and find it.
 *
 * @param kind What it is, for the folder's name.
 * @param install Fills an empty folder, or makes it.
 */
export async function testEnvironment(
  kind: string,
  wanted: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const name = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  const folder = join(testsFolder(), `${kind}-${name}`);
  await withFileLock(`${folder}.lock`, async () => {
    const stamp = join(folder, "complete");
    if (await Deno.stat(stamp).catch(() => undefined)) return;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    await install(folder);
    await Deno.writeTextFile(stamp, "");
  });
  return folder;
}
