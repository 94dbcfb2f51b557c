/** A process that gets weights: started by the tests, which talk to it through its output. */
import type { CatalogEntry } from "../../../src/model/catalog/catalog.ts";
import type { StoreSettings } from "../../../src/model/store/settings.ts";
import { resolveWeights } from "../../../src/model/store/weights.ts";

const { entry, settings } = JSON.parse(Deno.args[0] ?? "{}") as {
  entry: CatalogEntry;
  settings: StoreSettings;
};

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

try {
  const { path, sha256 } = await resolveWeights(entry, {
    settings,
    inspect: () => undefined,
    log: (line) => say(`log ${line}`),
    progress: {
      begin: () => ({ update: (done) => say(`bytes ${done}`), note() {}, end() {} }),
    },
  });
  say(`path ${path}`);
  say(`sha256 ${sha256}`);
} catch (error) {
  say(`error ${(error as Error).message}`);
  Deno.exit(1);
}
