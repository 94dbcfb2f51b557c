/** The files that the playground is made of: an allow-list, so that no path leads anywhere else. */
import samples from "./samples/samples.json" with { type: "json" };

/** One file. */
export interface Asset {
  /** Relative to this folder. */
  file: string;
  type: string;
}

/** Modules of the page, without their ending. */
const MODULES = [
  "api",
  "api_key",
  "app",
  "copy",
  "dom",
  "exchange",
  "exchange_panel",
  "failure",
  "highlight",
  "intake",
  "literals",
  "openai_snippets",
  "rank_view",
  "score_list",
  "search_view",
  "server_panel",
  "snippets",
  "tabs",
  "theme",
  "tray",
  "vectors",
];

const STYLES = ["base", "controls", "exchange", "layout", "server", "work"];

/** All files by their path below the server's root. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/playground/icon.svg", { file: "page/icon.svg", type: "image/svg+xml" }],
  ["/playground/samples/samples.json", {
    file: "samples/samples.json",
    type: "application/json",
  }],
  ...STYLES.map((name): [string, Asset] => [
    `/playground/${name}.css`,
    { file: `page/${name}.css`, type: "text/css; charset=utf-8" },
  ]),
  ...MODULES.map((name): [string, Asset] => [
    `/playground/${name}.js`,
    { file: `page/${name}.js`, type: "text/javascript; charset=utf-8" },
  ]),
  ...samples.images.map(({ file }): [string, Asset] => [
    `/playground/samples/${file}`,
    { file: `samples/${file}`, type: "image/png" },
  ]),
]);

/** Reads a file of this folder. */
export function readAsset(file: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(file, import.meta.url));
}
