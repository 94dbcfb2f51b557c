import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("faulty_program.ts", import.meta.url));

/** In a process of its own: a fault that nobody catches fails every test in this one. */
async function run(how: string): Promise<{ code: number; out: string; log: string }> {
  const args = ["run", "-A", "--no-check", PROGRAM, how];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  return { code, out: new TextDecoder().decode(stdout), log: new TextDecoder().decode(stderr) };
}

Deno.test("faults that nobody caught are told and counted, and the process goes on", async () => {
  const { code, out, log } = await run("guarded");
  assert.equal(code, 0, log);
  assert.equal(out, "7 7\n");
  assert.equal(log.match(/A fault that nobody caught.*reason="?Error: in /g)?.length, 7);
  assert.notEqual((await run("unguarded")).code, 0, "there is nothing to guard against");
});
