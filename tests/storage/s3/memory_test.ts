/** That memory does not grow with the object. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { S3Server } from "../../support/s3_server.ts";

const MIB = 2 ** 20;
const BYTES = 400 * MIB;

Deno.test("a large object is written and read in little memory", async () => {
  await using server = await S3Server.start("large");
  const path = await Deno.makeTempFile();
  try {
    await Deno.truncate(path, BYTES);
    const child = fileURLToPath(new URL("memory_child.ts", import.meta.url));
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", child, path],
      env: server.variables,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const { bytes, growth } = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(bytes, BYTES);
    assert.ok(growth < 300 * MIB, `${growth / MIB} MiB`);
  } finally {
    await Deno.remove(path);
  }
});
