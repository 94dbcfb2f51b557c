/**
 * A client with a long stream, as a program of its own: `endless_client.ts URL ITEMS`. It prints how
 * much memory it took at most in the first third, and afterwards, in bytes.
 */
import { ClipClient } from "../../client/mod.ts";

const [url, count] = Deno.args;
const items = Number(count);

function* texts() {
  for (let i = 0; i < items; i++) yield `a photo of the thing with number ${i}`;
}

const client = new ClipClient(url!);
let [early, late, seen] = [0, 0, 0];
for await (const { index, embedding } of client.encodeStream(texts(), { batchSize: 100 })) {
  if (index !== seen++ || embedding?.length !== 2) throw new Error(`item ${index} is wrong`);
  if (seen % 10_000 !== 0) continue;
  const { rss } = Deno.memoryUsage();
  if (seen <= items / 3) early = Math.max(early, rss);
  else late = Math.max(late, rss);
}
await client.close();
// deno-lint-ignore no-console
console.log(JSON.stringify({ seen, early, late }));
// The stand-in's gRPC server (grpc-js on Deno) keeps a connection that the client has closed, until
// its next ping half a minute later.
Deno.exit();
