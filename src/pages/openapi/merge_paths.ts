/** The paths of a description out of everybody's. */
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import { firstOfTold, sharedOperation } from "./shared_operation.ts";

/** Operations by path and method in small letters. */
export type Paths = Record<string, Record<string, OpenApiObject>>;

/** Operations that OpenAPI knows; a route of another method is not described. */
const METHODS = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/**
 * Puts the paths of all parts together: each operation once, in the order in which they come. Ids of
 * operations are made unique.
 */
export function mergePaths(parts: readonly OpenApiPart[]): Paths {
  const gathered = new Map<string, Map<string, OpenApiObject[]>>();
  /** Paths are the same whatever their parameters are called, and OpenAPI has each only once. */
  const spelled = new Map<string, string>();
  for (const { paths } of parts) {
    for (const [given, operations] of Object.entries(paths)) {
      const shape = given.replaceAll(PARAMETER, "{}");
      const path = spelled.get(shape) ?? given;
      spelled.set(shape, path);
      const methods = gathered.get(path) ?? new Map<string, OpenApiObject[]>();
      gathered.set(path, methods);
      for (const [method, operation] of Object.entries(operations)) {
        if (!METHODS.has(method)) continue;
        const same = renamed(operation, given, path);
        methods.set(method, [...methods.get(method) ?? [], same]);
      }
    }
  }
  const resolve = resolver(parts);
  const ids = new Set<unknown>();
  const merged: Paths = {};
  for (const [path, methods] of gathered) {
    for (const [method, operations] of methods) {
      const operation = operations.length === 1
        ? operations[0]!
        : method === "get" || method === "head"
        ? firstOfTold(operations)
        : sharedOperation(operations, resolve);
      (merged[path] ??= {})[method] = withUniqueId(operation, ids);
    }
  }
  return merged;
}

const PARAMETER = /\{[^{}]*\}/g;

/** An operation with the parameters of its path as another spelling of the path has them. */
function renamed(operation: OpenApiObject, from: string, to: string): OpenApiObject {
  const { parameters } = operation as { parameters?: OpenApiObject[] };
  if (from === to || parameters === undefined) return operation;
  const names = (path: string) => [...path.matchAll(PARAMETER)].map(([name]) => name.slice(1, -1));
  const [before, after] = [names(from), names(to)];
  return {
    ...operation,
    parameters: parameters.map((parameter) =>
      parameter["in"] === "path"
        ? { ...parameter, name: after[before.indexOf(parameter["name"] as string)] }
        : parameter
    ),
  };
}

function resolver(parts: readonly OpenApiPart[]) {
  return (object: OpenApiObject): OpenApiObject => {
    const [, kind, name] =
      /^#\/components\/(requestBodies|responses)\/(.+)$/.exec(String(object["$ref"])) ?? [];
    if (kind === undefined || name === undefined) return object;
    const found = parts.find(({ components }) =>
      components?.[kind as "requestBodies" | "responses"]?.[name]
    );
    return found?.components?.[kind as "requestBodies" | "responses"]?.[name] ?? object;
  };
}

/** Flows may give ids of their own, which somebody has already. */
function withUniqueId(operation: OpenApiObject, taken: Set<unknown>): OpenApiObject {
  const { operationId: id } = operation;
  if (id === undefined) return operation;
  let unique = id;
  for (let number = 2; taken.has(unique); number++) unique = `${id}_${number}`;
  taken.add(unique);
  return { ...operation, operationId: unique };
}
