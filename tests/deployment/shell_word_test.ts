import assert from "node:assert/strict";
import { shellWord } from "../../src/deployment/shell_word.ts";

Deno.test("a shell reads back the word that was written", async () => {
  for (const word of ["plain", "/a/b.pem", "two words", "it's", "$HOME", "", "a\nb", "*"]) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf %s ${shellWord(word)}`],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), word);
  }
});
