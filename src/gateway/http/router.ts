/** Paths and methods -> routes, with the manners of the original's router (Starlette). */
import { type HttpAnswer, type HttpHead, type HttpRoute, json } from "../../exchange/http.ts";

/** A route, and whose manner its refusals have. */
export interface Place<Owner> {
  route: HttpRoute;
  owner: Owner;
}

/** A table of routes. */
export class HttpRouter<Owner> {
  readonly #paths = new Map<string, Map<string, Place<Owner>>>();

  /** Adds a route, unless the same path and method has one. */
  add(route: HttpRoute, owner: Owner): void {
    const methods = this.#paths.get(route.path) ?? new Map<string, Place<Owner>>();
    if (!methods.has(route.method)) methods.set(route.method, { route, owner });
    this.#paths.set(route.path, methods);
  }

  /**
   * The route of a request; or the answer where there is none: 404, 405 with `Allow`, or 307 to the
   * path without its last slash.
   */
  find({ method, path, query }: HttpHead): Place<Owner> | HttpAnswer {
    const methods = this.#find(path);
    if (!methods) {
      const bare = path.replace(/\/+$/, "");
      // Relative, so that it holds behind a proxy that serves this server below a path of its own.
      return bare !== path && this.#find(bare)
        ? redirect(`../${bare.slice(bare.lastIndexOf("/") + 1)}${query}`)
        : json({ detail: "Not Found" }, 404);
    }
    // What HEAD is answered with is GET's answer; the HTTP server leaves the body out.
    const place = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
    if (place) return place;
    const allowed = [...methods.keys()];
    if (methods.has("GET") && !methods.has("HEAD")) allowed.push("HEAD");
    return json({ detail: "Method Not Allowed" }, 405, { allow: allowed.join(", ") });
  }

  #find(path: string): Map<string, Place<Owner>> | undefined {
    const exact = this.#paths.get(path);
    if (exact) return exact;
    const slash = path.indexOf("/", 1);
    return slash > 0 && slash < path.length - 1
      ? this.#paths.get(`${path.slice(0, slash)}/*`)
      : undefined;
  }
}

/** `307`: the same request again, elsewhere. */
function redirect(location: string): HttpAnswer {
  return { status: 307, headers: { location }, body: null };
}
