/** Another commit of this repository, laid out in a folder of its own and ready to run. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Lays a commit out, or finds it where an earlier run has.
 * @returns its folder, or undefined if this clone does not hold the commit
 * @throws {Error} if its dependencies cannot be installed
 */
export async function layOut(commit: string): Promise<string | undefined> {
  const { success } = await run("git", ["cat-file", "-e", `${commit}^{commit}`], ROOT);
  if (!success) return undefined;
  const folder = join(tmpdir(), "clipline-gateway-bench", commit);
  if (await Deno.stat(folder).catch(() => undefined)) return folder;
  const part = await Deno.makeTempDir({ prefix: "clipline-baseline-" });
  // Not `git worktree add`: nothing of this stays in the repository if the bench is killed.
  const archive = join(part, "tree.tar");
  await must("git", ["archive", `--output=${archive}`, commit], ROOT);
  await must("tar", ["--extract", `--file=${archive}`], part);
  await Deno.remove(archive);
  await must(Deno.execPath(), ["install", "--frozen"], part);
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  await Deno.rename(part, folder);
  return folder;
}

async function run(command: string, args: string[], cwd: string): Promise<Deno.CommandOutput> {
  return await new Deno.Command(command, { args, cwd, stdin: "null" }).output();
}

async function must(command: string, args: string[], cwd: string): Promise<void> {
  const { success, stderr } = await run(command, args, cwd);
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new Error(`${command} ${args[0]} failed in ${cwd}: ${why}`);
}
