import assert from "node:assert/strict";
import { Environments, output } from "../../../bench/peers/environment.ts";

Deno.test("output() tells of a program that fails by its last words, and of one that is not there", async () => {
  assert.equal(await output("sh", ["-c", "echo fine"]), "fine\n");
  await assert.rejects(() => output("sh", ["-c", "echo why >&2; exit 3"]), /code 3:\nwhy/);
  await assert.rejects(() => output("no-such-program-here", []), /cannot be started/);
});

Deno.test("Environments.install() refuses another Python before it makes anything", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // `echo --version` prints its own.
    await assert.rejects(
      () => Environments.install(`${folder}/peers`, "echo", () => {}),
      /pinned for Python 3\.11/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every environment's list pins whole versions", async () => {
  const lists = new URL("../../../bench/peers/requirements/", import.meta.url);
  for (const { name } of Deno.readDirSync(lists)) {
    for (const line of (await Deno.readTextFile(new URL(name, lists))).trimEnd().split("\n")) {
      assert.match(line, /^(#.*|[\w.-]+==[\w.]+)$/, name);
    }
  }
});
