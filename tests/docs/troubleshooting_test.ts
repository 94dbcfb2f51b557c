import assert from "node:assert/strict";
import { join } from "node:path";
import { ENCODER_KEYS, EXECUTOR_KEYS } from "../../src/flow/executor_keys.ts";
import { GATEWAY_KEYS } from "../../src/flow/gateway_keys.ts";
import { INDEXER_KEYS } from "../../src/flow/indexer_keys.ts";
import { ROOT } from "./demo_program.ts";
import { ANYTHING, fixedParts, joined, sourceWords } from "./printed_words.ts";

const PAGE = Deno.readTextFileSync(join(ROOT, "docs/troubleshooting.md"));

/** Cells of all rows, heads aside. */
const ROWS = PAGE.split("\n").filter((line) =>
  line.startsWith("| ") && !/^\| (---|What) /.test(line)
)
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

/** Words of others: of Deno, the shell, and of protocols. */
const FOREIGN = /^(Requires … access|Killed$|UNAVAILABLE$|flow\.yml:)/;

Deno.test("Messages of docs/troubleshooting.md are those that the program prints", () => {
  const words = sourceWords();
  const messages = ROWS.flatMap(([symptom]) => [...symptom!.matchAll(/`([^`]+)`/g)])
    .map(([, text]) => text!)
    .filter((text) => /\s/.test(text) && !FOREIGN.test(text));
  assert.ok(messages.length > 50);
  const foreign = messages.flatMap(fixedParts).filter((part) => !words.includes(part));
  assert.deepEqual(foreign, []);
});

Deno.test("Keys that docs/troubleshooting.md tells to set are keys of a flow", () => {
  const keys = { ...GATEWAY_KEYS, ...EXECUTOR_KEYS, ...ENCODER_KEYS, ...INDEXER_KEYS };
  const named = ROWS.flatMap((
    [, why, what],
  ) => [...`${why} ${what}`.matchAll(/`([a-z]+_[a-z_]+)/g)])
    .map(([, key]) => key!);
  assert.ok(new Set(named).size > 20);
  const parameters = ["on_error", "raise_errors_on_not_found", "source_name"];
  const others = new Set(["clip_client", "clip_server", "uvicorn_kwargs", ...parameters]);
  assert.deepEqual(named.filter((key) => !(key in keys) && !others.has(key)), []);
});

Deno.test("joined() puts pieces of a text together, and shows what is filled in", () => {
  const source = 'f(`a ${b.slice(0, 3)} c ` +\n  "d \'e\' " +\n  `f ${x ? `{}` : ""}`)';
  assert.ok(joined(source).includes(`a ${ANYTHING} c d 'e' f `));
  assert.deepEqual(fixedParts("one two… is … three"), ["one two", "three"]);
});
