/** The servers that the client's tests ask, started by Deno. */
import { fileURLToPath } from "node:url";
import { localUrl } from "../../src/server/banner.ts";
import { Certificates } from "../support/certificates.ts";
import { startDemoServer } from "../support/demo_server.ts";
import { startSearchServer } from "../support/search_server.ts";
import type { Place } from "./suite/case.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";
const SLOW_KEY = "fedcba9876543210fedcba9876543210";
const IMAGES = new URL("../fixtures/demo/images/", import.meta.url);

/** All of a `Place` but the library. */
export type Servers = Omit<Place, "library">;

/** Starts the servers, runs something, and stops them. */
export async function withServers(run: (servers: Servers) => Promise<void>): Promise<void> {
  using certificates = new Certificates();
  certificates.selfSigned("server");
  const gateway = { port: [0, 0, 0], protocol: ["grpc", "http", "websocket"] };
  await using open = await startDemoServer(gateway);
  await using guarded = await startDemoServer({
    ...gateway,
    api_keys: [API_KEY, { key: SLOW_KEY, rate: 400, burst: 50 }],
    ssl_certfile: certificates.path("server.crt"),
    ssl_keyfile: certificates.path("server.key"),
  });
  await using search = await startSearchServer(gateway);
  const byScheme = (urls: readonly string[]) =>
    Object.fromEntries(urls.map((url) => [url.split(":")[0]!, url]));
  await run({
    urls: byScheme(open.server.addresses.map(localUrl)) as Place["urls"],
    guarded: {
      urls: byScheme(guarded.server.addresses.map(localUrl)) as Place["guarded"]["urls"],
      ca: Deno.readTextFileSync(certificates.path("server.crt")),
      apiKey: API_KEY,
      slowKey: SLOW_KEY,
    },
    search: byScheme(search.urls) as Place["search"],
    images: ["000.png", "001.png"].map((name) => fileURLToPath(new URL(name, IMAGES))),
  });
}
