// deno-lint-ignore-file no-console -- a command-line program
/**
 * The server with slowed replicas, started as `main.ts` is. `BENCH_REPLICA` is the address of another
 * module for them.
 */
import { loadFlow } from "../../src/flow/load.ts";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";

const [file = ""] = Deno.args;
const flow = loadFlow({ text: await Deno.readTextFile(file), name: file }, {});
const replica = Deno.env.get("BENCH_REPLICA") ??
  new URL("./paced_replica.ts", import.meta.url).href;
const server = await startServer(flow, { log: SILENT_LOG, workers: { ...WORKER_URLS, replica } });
console.log("The server is ready");
Deno.addSignalListener("SIGTERM", async () => {
  await server.stop(1_000);
  Deno.exit(0);
});
