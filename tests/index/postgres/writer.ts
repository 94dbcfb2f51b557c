/** A process of its own that writes into the table `processes`. */
import { openPostgresIndex } from "../../../src/index/postgres/open.ts";
import { entry } from "../contract/entries.ts";
import { NEVER } from "../contract/opening.ts";
import { options } from "./options.ts";

const engine = await openPostgresIndex(options(Deno.env.get("DATABASE_URL")!, "processes"));
for (let i = 0; i < 50; i++) {
  await engine.put([entry(`there${i}`, [1, i]), entry("shared", [i, 1])], NEVER);
}
await engine.close();
