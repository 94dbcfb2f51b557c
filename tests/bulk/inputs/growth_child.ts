// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process that reads an input to its end: `growth_child.ts PATH`. It prints how many rows there
 * were, and by how many bytes it grew meanwhile.
 */
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";

const input = await openInputs([Deno.args[0]!]);
const before = Deno.memoryUsage().rss;
let peak = before;
let rows = 0;
for await (const _ of input.rows(0, new AbortController().signal)) {
  if (++rows % 10_000 === 0) peak = Math.max(peak, Deno.memoryUsage().rss);
}
peak = Math.max(peak, Deno.memoryUsage().rss);
console.log(JSON.stringify({ rows, bytes: peak - before }));
