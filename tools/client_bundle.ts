/** The client as one file of JavaScript: for Node, and for browsers. */
import { build, type Plugin, stop } from "esbuild";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("../client/mod.ts", import.meta.url));
const BROWSER = new URL("../client/package/browser/", import.meta.url);

/** Modules that browsers have others of, by the end of their specifier. */
const REPLACED: Readonly<Record<string, string>> = {
  "node:buffer": "buffer.ts",
  "node:timers": "timers.ts",
  "./files.ts": "files.ts",
  "./grpc.ts": "grpc.ts",
  "./https_node.ts": "https_node.ts",
  "./websocket_node.ts": "websocket_node.ts",
};

const BANNER = "// Written by tools/package_client.ts from client/: do not edit.";

/** What it is made for. */
export type BundleTarget = "node" | "browser";

/**
 * The bundle's text; the same source gives the same bytes.
 * @throws {Error} the source cannot be bundled: for browsers, that it needs what they do not have.
 */
export async function bundleClient(target: BundleTarget): Promise<string> {
  const browser = target === "browser";
  try {
    const { outputFiles } = await build({
      entryPoints: [ENTRY],
      bundle: true,
      write: false,
      format: "esm",
      charset: "utf8",
      platform: target === "node" ? "node" : "browser",
      target: browser ? "es2022" : "node20",
      minify: browser,
      legalComments: "none",
      banner: { js: BANNER },
      logLevel: "silent",
      ...(browser ? { plugins: [forBrowsers] } : { external: ["ws", "@grpc/grpc-js"] }),
    });
    return outputFiles[0]!.text;
  } finally {
    await stop();
  }
}

const forBrowsers: Plugin = {
  name: "for-browsers",
  setup(build) {
    build.onResolve({ filter: /^(node:|\.\/)/ }, ({ path, importer }) => {
      const file = REPLACED[path];
      if (file === undefined || importer.startsWith(fileURLToPath(BROWSER))) return undefined;
      return { path: fileURLToPath(new URL(file, BROWSER)) };
    });
  },
};
