/** Paths and methods -> handlers, with the manners of the original's router (Starlette). */
import { methodNotAllowed, notFound, redirect } from "../../dialects/jina/http_answers.ts";

/** Serves one route. `path` is the request's, as sent: percent-encoded. */
export type RouteHandler = (request: Request, path: string) => Response | Promise<Response>;

/** A table of routes. */
export class HttpRouter {
  readonly #paths = new Map<string, Map<string, RouteHandler>>();

  /**
   * Adds a route; the same path and method again replaces it.
   * @param path ends in `/*` for all paths below its one segment.
   */
  add(method: string, path: string, handler: RouteHandler): void {
    const methods = this.#paths.get(path) ?? new Map<string, RouteHandler>();
    methods.set(method, handler);
    this.#paths.set(path, methods);
  }

  /** The handler's answer; 404, 405 with `Allow`, or 307 to the path without its last slash. */
  serve(request: Request, path: string): Response | Promise<Response> {
    const methods = this.#find(path);
    if (!methods) {
      const bare = path.replace(/\/+$/, "");
      // Relative, so that it holds behind a proxy that serves this server below a path of its own.
      return bare !== path && this.#find(bare)
        ? redirect(`../${bare.slice(bare.lastIndexOf("/") + 1)}${search(request.url)}`)
        : notFound();
    }
    // What HEAD is answered with is GET's answer; the HTTP server leaves the body out.
    const handler = methods.get(request.method) ??
      (request.method === "HEAD" ? methods.get("GET") : undefined);
    if (handler) return handler(request, path);
    const allowed = [...methods.keys()];
    if (methods.has("GET") && !methods.has("HEAD")) allowed.push("HEAD");
    return methodNotAllowed(allowed.join(", "));
  }

  #find(path: string): Map<string, RouteHandler> | undefined {
    const exact = this.#paths.get(path);
    if (exact) return exact;
    const slash = path.indexOf("/", 1);
    return slash > 0 && slash < path.length - 1
      ? this.#paths.get(`${path.slice(0, slash)}/*`)
      : undefined;
  }
}

function search(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}
