import assert from "node:assert/strict";
import { join } from "node:path";
import { LIMIT_KEYS } from "../../src/flow/limit_keys.ts";
import { ROOT } from "./demo_program.ts";

const PAGE = Deno.readTextFileSync(join(ROOT, "docs/security.md"));
const TABLE = PAGE.slice(PAGE.indexOf("## What is bounded"), PAGE.indexOf("## Rights"));

Deno.test("docs/security.md has every key that bounds clients in its table", () => {
  const rows = TABLE.split("\n").filter((line) => line.startsWith("| "));
  const named = rows.map((row) => /^`([a-z_]+)`$/.exec(row.split("|")[3]!.trim())?.[1]);
  for (const key of Object.keys(LIMIT_KEYS)) {
    assert.equal(named.filter((name) => name === key).length, 1, `a row of '${key}'`);
  }
});

Deno.test("docs/security.md names the rights that the tasks have, and the tasks that it speaks of", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const flags = (task: string) => tasks[task].match(/--allow-[a-z]+/g);
  assert.deepEqual(flags("serve"), flags("demo"));
  const rights = PAGE.slice(PAGE.indexOf("## Rights"));
  assert.deepEqual(rights.match(/(?<=^\| `)--allow-[a-z]+/gm), flags("serve"));
  for (const [, task] of PAGE.matchAll(/`deno task ([a-z]+)/g)) assert.ok(tasks[task!], `${task}`);
});
