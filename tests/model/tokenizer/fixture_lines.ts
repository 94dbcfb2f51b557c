import { gunzipSync } from "node:zlib";

/** The lines of `tests/fixtures/tokenizer/<name>.jsonl.gz`. */
export function fixtureLines<T>(name: string): T[] {
  const url = new URL(`../../fixtures/tokenizer/${name}.jsonl.gz`, import.meta.url);
  const text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(url)));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
