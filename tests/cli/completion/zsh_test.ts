/** Completion as zsh itself does it, at a terminal of its own. */
import assert from "node:assert/strict";
import { zshCompletion } from "../../../src/cli/completion/zsh.ts";
import { bulkSamples } from "../../support/bulk_samples.ts";
import { runShell } from "./shell.ts";

/** What zsh makes of a line when Tab is pressed at its end: the line, and what it lists. */
async function completed(line: string, cwd: string): Promise<string> {
  await Deno.writeTextFile(`${cwd}/_clipline`, zshCompletion());
  // zpty gives zsh a terminal; a completion ends with a mark that its own widget prints.
  const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= ; autoload -Uz compinit; compinit -u -D; source ./_clipline; LISTMAX=1000"
zpty -w shell "bindkey '^I' told; zle -N told; told() { zle complete-word; zle list-choices; print -r -- \\"<LINE:\\$BUFFER>\\"; }"
zpty -w shell "complete-word() { zle .complete-word }; print 'rea''dy'"
zpty -r -m shell seen '*ready*'
zpty -w -n shell '${line}'$'\\t'
zpty -r -m shell seen '*<LINE:*>*'
print -r -- "$seen"
zpty -d shell`;
  return await runShell(["zsh", "-f", "-c", script], cwd);
}

async function lineAfter(line: string, cwd: string): Promise<string> {
  const seen = await completed(line, cwd);
  return /<LINE:(.*?)>/.exec(seen)?.[1]?.trimEnd() ?? seen;
}

Deno.test("zsh completes commands, options, what they may be, models, files and folders", async () => {
  await using samples = await bulkSamples();
  const table: [line: string, after: string][] = [
    ["clipline enc", "clipline encode"],
    ["clipline model ver", "clipline model verify"],
    ["clipline encode x --form", "clipline encode x --format"],
    ["clipline encode x --format par", "clipline encode x --format parquet"],
    ["clipline completion f", "clipline completion fish"],
    ["clipline encode x --model dem", "clipline encode x --model demo"],
    ["clipline encode x --model ViT-B-32::opena", "clipline encode x --model ViT-B-32::openai"],
    ["clipline encode captions.c", "clipline encode captions.csv"],
    ["clipline encode x --out ph", "clipline encode x --out photos/"],
  ];
  for (const [line, after] of table) {
    assert.equal(await lineAfter(line, samples.folder), after);
  }
});
