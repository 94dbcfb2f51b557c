// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process that writes to an index until it is killed. It says what has been answered: `put A` for
 * a batch of documents, `delete A` for one that is gone again.
 */
import { batchOf, CHILD_SHAPE } from "./batches.ts";
import { NEVER, openFolder } from "./opening.ts";

const [folder, first] = Deno.args as [string, string];
const engine = await openFolder(CHILD_SHAPE, folder);
let next = Number(first);

async function write(): Promise<void> {
  for (;;) {
    const batch = next++;
    await engine.put(batchOf(batch), NEVER);
    console.log(`put ${batch}`);
    if (batch % 5 !== 0) continue;
    console.log(`deleting ${batch}`);
    await engine.delete(batchOf(batch).map(({ id }) => id), NEVER);
    console.log(`delete ${batch}`);
  }
}

await Promise.all([write(), write(), write()]);
