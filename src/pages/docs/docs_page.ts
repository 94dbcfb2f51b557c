/**
 * `/docs`: Swagger UI over this server's `/openapi.json`. Everything comes from this server, so that
 * it works without a network and under a Content-Security-Policy that allows nothing else.
 */
import { readFile } from "node:fs/promises";
import { empty, type InfoRoute, json } from "../../exchange/http.ts";
import { escapeHtml } from "../escape_html.ts";
import { StaticContent } from "../static_content.ts";

/** The files of the package that are served, and nothing else of it. */
const PACKAGE_FILES: Record<string, { type: string; compressible?: boolean }> = {
  "swagger-ui.css": { type: "text/css; charset=utf-8" },
  "swagger-ui-bundle.js": { type: "text/javascript; charset=utf-8" },
  "favicon-32x32.png": { type: "image/png", compressible: false },
};

/** Of its own: the page's policy allows neither script nor style inside the page. */
const OWN_FILES: Record<string, { type: string }> = {
  "start.js": { type: "text/javascript; charset=utf-8" },
  "style.css": { type: "text/css; charset=utf-8" },
};

/**
 * Scripts and connections only from here. Swagger UI sets styles by attribute, and its style sheet
 * and its markup have pictures as data: URLs.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The package's files change with the program; an hour of staleness does no harm. */
const FILE_CACHE = "public, max-age=3600";
/** Ask each time whether it has changed. */
const PAGE_CACHE = "no-cache";

/**
 * `/docs`, its files, and `/redoc`, which leads to it.
 * @param playground whether `/` is a page to go back to.
 */
export function docsRoutes(title: string, playground: boolean): InfoRoute[] {
  const page = new StaticContent(() => new TextEncoder().encode(html(title, playground)), {
    type: "text/html; charset=utf-8",
    cacheControl: PAGE_CACHE,
    headers: { "content-security-policy": POLICY, "referrer-policy": "no-referrer" },
  });
  const files = new Map<string, StaticContent>();
  for (const [name, options] of Object.entries(OWN_FILES)) {
    const load = () => readFile(new URL(name, import.meta.url));
    files.set(name, new StaticContent(load, { ...options, cacheControl: FILE_CACHE }));
  }
  for (const [name, options] of Object.entries(PACKAGE_FILES)) {
    const load = () => readFile(new URL(import.meta.resolve(`swagger-ui-dist/${name}`)));
    files.set(name, new StaticContent(load, { ...options, cacheControl: FILE_CACHE }));
  }
  const route = { kind: "info", method: "GET", open: true } as const;
  return [
    { ...route, path: "/docs", respond: (head) => page.respond(head) },
    {
      ...route,
      path: "/docs/*",
      respond: (head) =>
        files.get(head.path.slice("/docs/".length))?.respond(head) ??
          json({ detail: "Not Found" }, 404),
    },
    // Clients of the original may have either address in their bookmarks.
    { ...route, path: "/redoc", respond: () => empty(307, { location: "docs" }) },
  ];
}

/** Addresses are relative: the page also works behind a proxy, below a path of its own. */
function html(title: string, playground: boolean): string {
  const back = playground ? `<a href="./">Playground</a>` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/style.css">
<script src="docs/start.js"></script>
</head>
<body>
<nav class="way-back" aria-label="More">${back}<a href="openapi.json">openapi.json</a></nav>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The description itself is <a href="openapi.json">here</a>.</noscript>
<script src="docs/swagger-ui-bundle.js" defer></script>
</body>
</html>
`;
}
