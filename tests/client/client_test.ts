/** The client in Deno, as its source stands. */
import * as library from "../../client/mod.ts";
import { withServers } from "./place.ts";
import { CASES } from "./suite/mod.ts";

Deno.test("The client in Deno", async (t) => {
  await withServers(async (servers) => {
    for (const { name, run } of CASES) await t.step(name, () => run({ ...servers, library }));
  });
});
