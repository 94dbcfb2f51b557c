// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process that writes a file to the bucket `large` and reads it back: `memory_child.ts FILE`. It
 * prints how many bytes came back, and by how many it grew meanwhile.
 */
import { ObjectStores } from "../../../src/storage/open_store.ts";

const bucket = (await ObjectStores.open()).bucket("large");
await bucket.write("warm", new Uint8Array(1));
const before = Deno.memoryUsage().rss;
await bucket.writeFile("file", Deno.args[0]!);
let bytes = 0;
for await (const piece of bucket.read("file")) bytes += piece.length;
// The most that there ever was, as Linux counts it.
const status = await Deno.readTextFile("/proc/self/status");
const peak = 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
console.log(JSON.stringify({ bytes, growth: peak - before }));
