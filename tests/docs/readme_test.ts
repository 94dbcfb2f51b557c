/** Every block of code of the README and the pages in `docs/` is run, or says why not. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { anchors, codeBlocks, linkTargets, notRun } from "./code_blocks.ts";
import { DemoProgram, ROOT, taskWords } from "./demo_program.ts";
import { BlockRunner } from "./run_block.ts";
import { assertTyped } from "./typescript_blocks.ts";

/** A page may be new; a block that is not run needs one of these reasons. */
const REASONS = new Set([
  "clip_client cannot be installed in the tests",
  "downloads weights",
  "grpcurl is not a package of Debian 12",
  "needs a Docker engine",
  "needs a bucket",
  "needs a GPU",
  "needs a cluster",
  "needs a collector",
  "needs systemd",
  "needs the internet",
  "takes an hour",
  "would run itself",
]);

const MOST_NOT_RUN = 15;

const PAGES = [
  "README.md",
  ...[...Deno.readDirSync(join(ROOT, "docs"))].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md")).sort(),
];

const read = (page: string) => Deno.readTextFileSync(join(ROOT, page));

Deno.test("Every block of code on the pages runs as it stands", async (t) => {
  await using demo = await DemoProgram.start();
  const folder = await Deno.makeTempDir({ prefix: "clipline-docs-" });
  try {
    await t.step("the types of all programs in TypeScript are right", async () => {
      const programs = PAGES.flatMap((page) => codeBlocks(read(page), page))
        .filter((block) => block.language === "ts" && notRun(block) === undefined);
      await assertTyped(programs, folder);
    });
    for (const page of PAGES) {
      await using runner = new BlockRunner(demo, folder);
      for (const block of codeBlocks(read(page), page)) {
        const name = `${page}:${block.line} ${block.language}`;
        await t.step({
          name,
          ignore: notRun(block) !== undefined,
          fn: () => runner.run(block),
        });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Blocks that are not run are few, and say why in one of few ways", () => {
  const left = PAGES.flatMap((page) => codeBlocks(read(page), page))
    .flatMap((block) => {
      const reason = notRun(block);
      return reason === undefined ? [] : [{ at: `${block.file}:${block.line}`, reason }];
    });
  const list = left.map(({ at, reason }) => `  ${at}: ${reason}\n`).join("");
  Deno.stderr.writeSync(new TextEncoder().encode(`Blocks of code that are not run:\n${list}`));
  for (const { at, reason } of left) assert.ok(REASONS.has(reason), `${at}: '${reason}'`);
  assert.ok(left.length <= MOST_NOT_RUN, `${left.length} blocks are not run`);
});

Deno.test("Python that is not run is Python all the same", () => {
  const blocks = PAGES.flatMap((page) => codeBlocks(read(page), page))
    .filter((block) => block.language === "python" && notRun(block) !== undefined);
  for (const block of blocks) {
    const program = `compile(${JSON.stringify(block.text)}, "block", "exec")`;
    const { success, stderr } = new Deno.Command("python3", { args: ["-c", program] }).outputSync();
    assert.ok(success, `${block.file}:${block.line}: ${new TextDecoder().decode(stderr)}`);
  }
});

Deno.test("Links inside the project lead somewhere", () => {
  for (const page of [...PAGES, "CONTRIBUTING.md", "CHANGELOG.md"]) {
    for (const target of linkTargets(read(page))) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(ROOT, file)), `${page}: '${target}' is not there`);
      if (anchor !== undefined) {
        assert.ok(anchors(read(file)).has(anchor), `${page}: '${target}' has no such heading`);
      }
    }
  }
});

Deno.test("The README lists the rights that the tasks have", () => {
  const listed = [...read("README.md").matchAll(/^\| `(--allow-[a-z]+)` \|/gm)].map(([, flag]) =>
    flag
  );
  for (const task of ["serve", "demo", "search"]) {
    const { permissions } = taskWords(task);
    assert.deepEqual(
      listed.toSorted(),
      permissions.filter((flag) => flag.startsWith("--allow-")).toSorted(),
    );
    assert.ok(permissions.includes("--no-prompt"));
  }
});
