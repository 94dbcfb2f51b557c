/**
 * The playground: a page at `/` for people with a browser, out of files beside this one. The page
 * uses the public API only; nothing here knows of models.
 */
import { json } from "../../dialects/jina/http_answers.ts";
import { VERSION } from "../../dialects/jina/server_info.ts";
import { StaticContent } from "../static_content.ts";
import { prefersHtml } from "./accept.ts";
import { ASSETS, readAsset } from "./assets.ts";

/** What the flow says of the page. */
export interface PlaygroundOptions {
  title: string | null;
  description: string | null;
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

/**
 * Makes the handler of the playground's paths: `GET /` and `GET /playground/...`. It answers
 * undefined for all others, and for other methods than GET and HEAD.
 */
export function playground(
  options: PlaygroundOptions,
): (request: Request, url: URL) => Promise<Response | undefined> {
  const page = new StaticContent(() => renderPage(options), {
    type: "text/html; charset=utf-8",
    cacheControl: CACHE,
    headers: SECURITY_HEADERS,
  });
  const assets = new Map<string, StaticContent>();
  for (const [path, { file, type }] of ASSETS) {
    const compressible = type !== "image/png";
    assets.set(
      path,
      new StaticContent(() => readAsset(file), {
        type,
        cacheControl: CACHE,
        headers: SECURITY_HEADERS,
        compressible,
      }),
    );
  }
  return async (request, { pathname }) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    if (pathname !== "/") return await assets.get(pathname)?.respond(request);
    if (!prefersHtml(request.headers.get("accept"))) {
      return request.method === "GET" ? json({}, 200, { vary: "accept" }) : undefined;
    }
    const response = await page.respond(request);
    response.headers.append("vary", "accept");
    return response;
  };
}

async function renderPage({ title, description }: PlaygroundOptions): Promise<Uint8Array> {
  const values: Record<string, string> = {
    title: title ?? TITLE,
    description: description ?? DESCRIPTION,
    version: VERSION,
  };
  const html = new TextDecoder().decode(await readAsset("page/index.html"))
    .replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => escapeHtml(values[name] ?? ""));
  return new TextEncoder().encode(html);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
