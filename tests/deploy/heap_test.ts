import assert from "node:assert/strict";
import { join } from "node:path";
import { loadFlow } from "../../src/flow/load.ts";
import { ROOT } from "../docs/demo_program.ts";

const FLAG = /--v8-flags=--max-old-space-size=(\d+)/g;
const MIB = 2 ** 20;

function read(path: string): string {
  return Deno.readTextFileSync(join(ROOT, path));
}

/** Bounds on V8's heap in a text, MiB. */
function bounds(text: string): number[] {
  return [...text.matchAll(FLAG)].map(([, megabytes]) => Number(megabytes));
}

Deno.test("the tasks, the image, the unit and the docs bound V8's heap alike", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const [wanted] = bounds(tasks.serve);
  assert.deepEqual(bounds(tasks.demo), [wanted]);
  for (const path of ["Dockerfile", "deploy/clipline.service", "docs/security.md", "README.md"]) {
    assert.deepEqual(bounds(read(path)), [wanted], path);
  }
});

Deno.test("the heap has room for twice what messages may hold by default, and a GiB more", () => {
  const { gateway } = loadFlow({ path: join(ROOT, "flows/demo-flow.yml") }, {});
  const held = 4 * gateway.maxMessageBytes / MIB;
  const [heap] = bounds(read("Dockerfile"));
  assert.equal(heap, 2 * held + 1024);
});
