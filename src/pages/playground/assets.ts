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
  "address",
  "api_key",
  "app",
  "calls",
  "contents",
  "copy",
  "document_dialog",
  "document_face",
  "dom",
  "exchange",
  "exchange_panel",
  "failure",
  "filter_field",
  "folder",
  "highlight",
  "index_intake",
  "index_requests",
  "index_snippets",
  "index_view",
  "intake",
  "literals",
  "openai_snippets",
  "picture_document",
  "picture_tags",
  "query_field",
  "rank_view",
  "rate",
  "requests_program",
  "result_grid",
  "samples",
  "score_list",
  "search_tab",
  "search_view",
  "server_panel",
  "server_status",
  "sha256",
  "snippets",
  "tabs",
  "theme",
  "thumbnail",
  "tray",
  "upload",
  "upload_panel",
  "vectors",
];

const STYLES = ["base", "controls", "exchange", "index", "layout", "server", "work"];

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
  // The client library: the one bundle, wherever it is used.
  ["/playground/clip_client.js", {
    file: "../client/clip_client.js",
    type: "text/javascript; charset=utf-8",
  }],
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
