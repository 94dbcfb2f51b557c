import assert from "node:assert/strict";
import { anchors, codeBlocks, linkTargets, notRun } from "./code_blocks.ts";

Deno.test("codeBlocks() gives language, line, text and the comments right before", () => {
  const page = [
    "# Title",
    "<!-- far -->",
    "Words.",
    "",
    "<!-- not run: no engine -->",
    "<!-- output -->",
    "",
    "```sh extra words",
    "a",
    "",
    "  ```",
    "",
    "~~~~yaml",
    "```",
    "b: 1",
    "~~~~",
    "```",
    "```",
  ].join("\n");
  assert.deepEqual(codeBlocks(page, "p.md"), [
    {
      file: "p.md",
      line: 8,
      language: "sh",
      text: "a\n\n",
      marks: ["not run: no engine", "output"],
    },
    { file: "p.md", line: 13, language: "yaml", text: "```\nb: 1\n", marks: [] },
    { file: "p.md", line: 17, language: "", text: "", marks: [] },
  ]);
});

Deno.test("codeBlocks() refuses a page whose last fence is open", () => {
  assert.throws(() => codeBlocks("a\n```sh\nls\n", "p.md"), /p\.md:2: this fence is not closed/);
});

Deno.test("notRun() gives the reason, and nothing for other comments", () => {
  const [a, b] = codeBlocks(
    "<!-- not run:  no GPU -->\n```\n```\n<!-- output -->\n```\n```\n",
    "p",
  );
  assert.equal(notRun(a!), "no GPU");
  assert.equal(notRun(b!), undefined);
});

Deno.test("linkTargets() leaves out what stands in code", () => {
  const page = "[a](x.md) ![b](y.png)\n```sh\n[c](z)\n```\n`[d](w)` [e](#f-g)\n";
  assert.deepEqual(linkTargets(page), ["x.md", "y.png", "#f-g"]);
});

Deno.test("anchors() are those of GitHub", () => {
  const page = "# A `code` word\n```sh\n# not me\n```\n## clip_server, moving\n";
  assert.deepEqual([...anchors(page)], ["a-code-word", "clip_server-moving"]);
});
