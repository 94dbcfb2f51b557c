/** What keys change in a description. */
import type { OpenApiObject } from "../../exchange/openapi.ts";
import type { Paths } from "./merge_paths.ts";

const NO_KEY = { 401: { description: "No key, or one that is not known" } };

/**
 * Says of operations that they need no key, or what becomes of a request without one. What describes
 * that itself stays as it is.
 * @param open those that need none, as `GET /path`.
 */
export function withKeys(paths: Paths, open: ReadonlySet<string>): Paths {
  const change = (path: string, method: string, operation: OpenApiObject): OpenApiObject => {
    if (open.has(`${method.toUpperCase()} ${path}`)) return { ...operation, security: [] };
    const responses = operation["responses"] as OpenApiObject;
    if ("401" in responses || "4XX" in responses) return operation;
    return { ...operation, responses: { ...responses, ...NO_KEY } };
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [
          method,
          change(path, method, operation),
        ]),
      ),
    ]),
  );
}
