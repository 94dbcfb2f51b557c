/** Paths and methods -> routes, with the manners of the original's router (Starlette). */
import type { HttpHead, HttpRoute } from "../../exchange/http.ts";

/** A route, and whose it is. */
export interface Place<Owner> {
  route: HttpRoute;
  owner: Owner;
}

/** There is no such route: the methods that the path has, if it has any. */
export interface Unrouted {
  allow: string | undefined;
}

/** The route lies elsewhere, relative to the request's path. */
export interface Elsewhere {
  path: string;
}

/** What a request has found. */
export type Found<Owner> = Place<Owner> | Unrouted | Elsewhere;

/** A table of routes. */
export class HttpRouter<Owner> {
  readonly #paths = new Map<string, Map<string, Place<Owner>>>();

  /** Adds a route, unless the same path and method has one. */
  add(route: HttpRoute, owner: Owner): void {
    const methods = this.#paths.get(route.path) ?? new Map<string, Place<Owner>>();
    if (!methods.has(route.method)) methods.set(route.method, { route, owner });
    this.#paths.set(route.path, methods);
  }

  /** The route of a request; a path with slashes too many at its end lies at the one without. */
  find({ method, path, query }: HttpHead): Found<Owner> {
    const methods = this.#find(path);
    if (!methods) {
      const bare = path.replace(/\/+$/, "");
      if (bare === path || !this.#find(bare)) return { allow: undefined };
      // Relative, so that it holds behind a proxy that serves this server below a path of its own.
      return { path: `../${bare.slice(bare.lastIndexOf("/") + 1)}${query}` };
    }
    // What HEAD is answered with is GET's answer; the HTTP server leaves the body out.
    const place = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
    if (place) return place;
    const allowed = [...methods.keys()];
    if (methods.has("GET") && !methods.has("HEAD")) allowed.push("HEAD");
    return { allow: allowed.join(", ") };
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
