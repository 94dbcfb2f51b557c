/** A job whose disk is full says so, loses nothing, and goes on when there is room. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "../../support/process.ts";
import { assertEveryRowOnce } from "./killed_job.ts";
import { readNpyFolder } from "./read_output.ts";

const CHILD = fileURLToPath(new URL("job_child.ts", import.meta.url));

const ROWS = 20_000;

function runChild(folder: string, mostKilobytes?: number): Program {
  const run = [Deno.execPath(), "run", "-A", "--no-check", CHILD, folder, `${ROWS}`, "npy", "7000"];
  if (mostKilobytes === undefined) return new Program([], { words: run.slice(1) });
  // A process that may not write larger files: the signal that would end it is ignored.
  const script = `trap '' XFSZ; ulimit -f ${mostKilobytes}; exec "$@"`;
  return new Program([], { program: "bash", words: ["-c", script, "bash", ...run] });
}

async function assertGoesOn(folder: string, full: Program, reason: RegExp, more: () => unknown) {
  assert.equal(await full.ended(), 1, full.stdout);
  assert.match(full.stderr, /^Cannot write "[^\n]*": /);
  assert.match(full.stderr, reason);
  assert.match(full.stderr, /What is done is kept: .* the same command goes on\n$/);
  await more();
  const again = runChild(folder);
  assert.equal(await again.ended(), 0, again.stderr);
  await assertEveryRowOnce(folder, ROWS, await readNpyFolder(folder));
}

Deno.test("a job that may not write such large files goes on when it may", async () => {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "out");
  try {
    await assertGoesOn(folder, runChild(folder, 150), /File too large/, () => {});
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

/** Only who is root can make a disk that is full: others have the test above. */
if (Deno.uid() === 0) {
  Deno.test("a job on a full disk goes on when there is room", async () => {
    const disk = await Deno.makeTempDir();
    await command("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk);
    try {
      const folder = join(disk, "out");
      await assertGoesOn(
        folder,
        runChild(folder),
        /the disk is full/,
        () => command("mount", "-o", "remount,size=64m", disk),
      );
    } finally {
      await command("umount", disk);
      await Deno.remove(disk);
    }
  });
}

async function command(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
