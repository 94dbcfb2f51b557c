// deno-lint-ignore-file no-console -- the test reads its output
/** A process that takes a file lock, says so, and keeps it until it is killed. */
import { withFileLock } from "../src/file_lock.ts";

await withFileLock(Deno.args[0]!, () => {
  console.log("held");
  setInterval(() => {}, 1_000_000);
  return new Promise<never>(() => {});
});
