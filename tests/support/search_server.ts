/** The built-in search flow, a small model and an index, on a port that the system chooses. */
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { loadFlow } from "../../src/flow/load.ts";
import { localUrl } from "../../src/server/banner.ts";
import { startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";

const FLOW = new URL("../../flows/search-flow.yml", import.meta.url);
const MODEL = fileURLToPath(new URL("../../models/demo", import.meta.url));

/** A running server; `await using` stops it. */
export interface SearchServer extends AsyncDisposable {
  /** `http://HOST:PORT`. */
  url: string;
  /** All of its addresses: by default the one. */
  urls: readonly string[];
}

/**
 * Starts it with HTTP alone, its index in a folder of its own that goes with it.
 * @param gateway Keys of the flow's `with:`.
 */
export async function startSearchServer(
  gateway: Record<string, unknown> = {},
): Promise<SearchServer> {
  const flow = parse(await Deno.readTextFile(FLOW));
  flow.with = { ...flow.with, protocol: "http", port: 0, host: "127.0.0.1", ...gateway };
  flow.with.monitoring = false;
  flow.executors[0].uses.with.model_path = MODEL;
  const workspace = await Deno.makeTempDir();
  const source = { text: JSON.stringify(flow), name: "search-flow.yml" };
  const server = await startServer(loadFlow(source, { CLIPLINE_WORKSPACE: workspace }), {
    log: SILENT_LOG,
  });
  return {
    url: localUrl(server.addresses[0]!),
    urls: server.addresses.map(localUrl),
    async [Symbol.asyncDispose]() {
      await server.stop(5000);
      await Deno.remove(workspace, { recursive: true });
    },
  };
}
