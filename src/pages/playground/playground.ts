/**
 * The playground: a page at `/` for people with a browser, out of files beside this one. The page
 * uses the public API only; nothing here knows of models.
 */
import { addVary, type InfoRoute, json } from "../../exchange/http.ts";
import { VERSION } from "../../version.ts";
import { escapeHtml } from "../escape_html.ts";
import { StaticContent } from "../static_content.ts";
import { prefersHtml } from "./accept.ts";
import { type Asset, ASSETS, readAsset } from "./assets.ts";

/** What the flow says of the page. */
export interface PlaygroundOptions {
  title: string | null;
  description: string | null;
  /** The dialects that are spoken. */
  apis: readonly string[];
}

const TITLE = "clipline";
const DESCRIPTION = "Texts and images in one space: rank them, search them, see the requests.";

/**
 * Only what this server itself serves: no inline script or style, no foreign host. `blob:` and
 * `data:` are the pictures that the visitor brings. The policy is part of every answer below
 * `/playground/` too, since an SVG can be opened as a page.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SECURITY_HEADERS = {
  "content-security-policy": POLICY,
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

/** Kept by the browser, but asked for again each time: a new version is seen at once. */
const CACHE = "no-cache";

/** `GET /` and `GET /playground/…`. Programs that ask for `/` get an empty object, as from Jina. */
export function playgroundRoutes(options: PlaygroundOptions): InfoRoute[] {
  const page = new StaticContent(() => renderPage(options), {
    type: "text/html; charset=utf-8",
    cacheControl: CACHE,
    headers: SECURITY_HEADERS,
  });
  const root: InfoRoute = {
    kind: "info",
    method: "GET",
    path: "/",
    open: true,
    async respond(head) {
      if (!prefersHtml(head.header("accept") ?? null)) return json({}, 200, { vary: "accept" });
      const answer = await page.respond(head);
      return { ...answer, headers: { ...answer.headers, ...addVary(answer, "accept") } };
    },
  };
  return [root, ...[...ASSETS].map(([path, asset]) => assetRoute(path, asset))];
}

function assetRoute(path: string, { file, type }: Asset): InfoRoute {
  const content = new StaticContent(() => readAsset(file), {
    type,
    cacheControl: CACHE,
    headers: SECURITY_HEADERS,
    compressible: type !== "image/png",
  });
  return {
    kind: "info",
    method: "GET",
    path,
    open: true,
    respond: (head) => content.respond(head),
  };
}

async function renderPage({ title, description, apis }: PlaygroundOptions): Promise<Uint8Array> {
  const values: Record<string, string> = {
    title: title ?? TITLE,
    description: description ?? DESCRIPTION,
    version: VERSION,
    apis: apis.join(" "),
  };
  const html = new TextDecoder().decode(await readAsset("page/index.html"))
    .replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => escapeHtml(values[name] ?? ""));
  return new TextEncoder().encode(html);
}
