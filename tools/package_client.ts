/**
 * Makes the client's npm package in `dist/npm`, ready for `npm pack` and `npm publish`, and its
 * bundle for pages that the server has itself.
 *
 *     deno task package:client
 *
 * The bundle for pages is committed, so that running clipline needs no bundler; a test makes it
 * again and compares.
 */
import { bundleClient } from "./client_bundle.ts";
import { clientTypes } from "./client_types.ts";
import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);

/** Where the server finds the client for its own pages. */
export const PAGES_BUNDLE = new URL("src/pages/client/clip_client.js", ROOT);

/** Writes the package into an empty folder, or one of an earlier package. */
export async function packageClient(folder: URL): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const write = async (path: string, text: string) => {
    const file = new URL(path, folder);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  };
  await write("index.js", await bundleClient("node"));
  await write("browser.js", await bundleClient("browser"));
  for (const [path, text] of await clientTypes()) await write(`types/${path}`, text);
  await write("package.json", `${JSON.stringify(manifest(), null, 2)}\n`);
  await Deno.copyFile(new URL("client/package/README.md", ROOT), new URL("README.md", folder));
  for (const name of ["LICENSE", "NOTICE"]) {
    await Deno.copyFile(new URL(name, ROOT), new URL(name, folder));
  }
}

function manifest(): Record<string, unknown> {
  const types = "./types/client/mod.d.ts";
  return {
    name: "clipline-client",
    version: config.version,
    description:
      "Client of CLIP embedding servers (clipline, clip-as-service) over gRPC, HTTP and " +
      "WebSocket, for Node, Deno and browsers",
    keywords: ["clip", "embedding", "clip-as-service", "grpc", "websocket"],
    license: config.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types,
    exports: {
      ".": { types, browser: "./browser.js", default: "./index.js" },
      "./package.json": "./package.json",
    },
    files: ["index.js", "browser.js", "types", "LICENSE", "NOTICE"],
    dependencies: { ws: rangeOf("ws") },
    peerDependencies: { "@grpc/grpc-js": rangeOf("@grpc/grpc-js") },
    peerDependenciesMeta: { "@grpc/grpc-js": { optional: true } },
  };
}

/** What the project itself uses, or newer. */
function rangeOf(name: "ws" | "@grpc/grpc-js"): string {
  return `^${/@([^@]+)$/.exec(config.imports[name])![1]}`;
}

if (import.meta.main) {
  await packageClient(new URL("dist/npm/", ROOT));
  await Deno.writeTextFile(PAGES_BUNDLE, await bundleClient("browser"));
}
