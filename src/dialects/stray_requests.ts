/** Routes for a dialect's requests that come to the paths of other dialects. */
import type { Dialect } from "../exchange/dialect.ts";
import type { HttpRoutes } from "../exchange/http.ts";

/**
 * The routes, to be asked before those of dialects: for each path that takes bodies by POST, and
 * each dialect that has none there and takes what is its own. Nobody calls an endpoint by the name
 * of a path with parameters.
 */
export function strayRoutes(dialects: readonly Dialect[]): HttpRoutes[] {
  return dialects.flatMap(({ http }) => {
    const { strays, routes: own = [], refuse } = http ?? {};
    if (strays === undefined || refuse === undefined) return [];
    const here = new Set(own.filter(({ method }) => method === "POST").map(({ path }) => path));
    const elsewhere = dialects.flatMap(({ http }) => http?.routes ?? [])
      .filter(({ kind, method }) => kind === "data" && method === "POST")
      .map(({ path }) => path);
    const paths = new Set(elsewhere.filter((path) => !here.has(path) && !path.endsWith("/*")));
    const routes = [...paths].map((path) => ({
      kind: "data" as const,
      method: "POST",
      path,
      accepts: strays.accepts,
      takes: (call: Parameters<typeof strays.takes>[0]) => strays.takes(call),
      serve: strays.serve,
    }));
    return [{ routes, refuse }];
  });
}
