/** Paths and methods -> routes, with the manners of the original's router (Starlette). */
import { withoutEndSlashes } from "../../end_slashes.ts";
import type { DataRoute, HttpHead, HttpRoute, InfoRoute } from "../../exchange/http.ts";

/** A route, and whose it is. */
export interface Place<Owner, Route extends HttpRoute = HttpRoute> {
  route: Route;
  owner: Owner;
}

/** What has a path and method. */
export type Places<Owner> =
  | { told: Place<Owner, InfoRoute> }
  /** In the order in which they are asked. */
  | { data: readonly Place<Owner, DataRoute>[] };

/** There is no such route: the methods that the path has, if it has any. */
export interface Unrouted {
  allow: string | undefined;
}

/** The route lies elsewhere, relative to the request's path. */
export interface Elsewhere {
  path: string;
}

/** What a request has found. */
export type Found<Owner> = Places<Owner> | Unrouted | Elsewhere;

/** A table of routes. */
export class HttpRouter<Owner> {
  readonly #paths = new Map<string, Map<string, Places<Owner>>>();
  /** Slashes in the longest path that ends in `/*`. */
  #deepest = 0;

  /**
   * Adds a route. Of several with one path and method the first is served; those that take bodies
   * stand behind one another, as far as those before leave something to them.
   */
  add(route: HttpRoute, owner: Owner): void {
    const { path, method } = route;
    const methods = this.#paths.get(path) ?? new Map<string, Places<Owner>>();
    this.#paths.set(path, methods);
    if (path.endsWith("/*")) this.#deepest = Math.max(this.#deepest, path.split("/").length - 1);
    const before = methods.get(method);
    if (before === undefined) {
      methods.set(
        method,
        route.kind === "info" ? { told: { route, owner } } : { data: [{ route, owner }] },
      );
    } else if ("data" in before && route.kind === "data" && !before.data.some(covers(route))) {
      methods.set(method, { data: [...before.data, { route, owner }] });
    }
  }

  /** The route of a request; a path with slashes too many at its end lies at the one without. */
  find({ method, path, query }: HttpHead): Found<Owner> {
    const methods = this.#find(path);
    if (!methods) {
      const bare = withoutEndSlashes(path);
      if (bare === path || !this.#find(bare)) return { allow: undefined };
      // Relative, so that it holds behind a proxy that serves this server below a path of its own.
      return { path: `../${bare.slice(bare.lastIndexOf("/") + 1)}${query}` };
    }
    // What HEAD is answered with is GET's answer; the HTTP server leaves the body out.
    const places = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
    if (places) return places;
    const allowed = [...methods.keys()];
    if (methods.has("GET") && !methods.has("HEAD")) allowed.push("HEAD");
    return { allow: allowed.join(", ") };
  }

  #find(path: string): Map<string, Places<Owner>> | undefined {
    const exact = this.#paths.get(path);
    if (exact) return exact;
    let found: Map<string, Places<Owner>> | undefined;
    let slash = path.indexOf("/", 1);
    for (let depth = 2; depth <= this.#deepest; depth++) {
      if (slash < 0 || slash === path.length - 1) break;
      found = this.#paths.get(`${path.slice(0, slash)}/*`) ?? found;
      slash = path.indexOf("/", slash + 1);
    }
    return found;
  }
}

/** Whether a route takes all that a later one would, which is then never asked. */
function covers(later: DataRoute): (place: Place<unknown, DataRoute>) => boolean {
  return ({ route: { takes, accepts } }) =>
    takes === undefined &&
    (accepts === undefined || later.accepts?.every((type) => accepts.includes(type)) === true);
}
