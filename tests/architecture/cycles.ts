/** Files that import each other in a circle. */
import type { Import } from "./imports.ts";

/**
 * Circles of imports, each with file and line from the file of it that comes first by name, and as
 * short as one through that file can be. The files of a circle that is told begin no other.
 */
export function findCycles(imports: readonly Import[]): string[] {
  const from = Map.groupBy(
    imports.filter(({ isFile, kind }) => isFile && kind === "import"),
    (each) => each.from,
  );
  const found: string[] = [];
  const told = new Set<string>();
  for (const start of [...from.keys()].sort()) {
    if (told.has(start)) continue;
    const circle = shortestCircle(start, from);
    if (circle === undefined) continue;
    for (const { target } of circle) told.add(target);
    found.push(circle.map(({ from, line, target }) => `${from}:${line} → ${target}`).join(", "));
  }
  return found;
}

/** Breadth first, from a file back to itself. */
function shortestCircle(
  start: string,
  from: ReadonlyMap<string, readonly Import[]>,
): Import[] | undefined {
  const cameBy = new Map<string, Import>();
  for (const queue = [start]; queue.length > 0;) {
    for (const each of from.get(queue.shift()!) ?? []) {
      if (each.target === start) {
        const circle = [each];
        while (circle[0]!.from !== start) circle.unshift(cameBy.get(circle[0]!.from)!);
        return circle;
      }
      if (cameBy.has(each.target)) continue;
      cameBy.set(each.target, each);
      queue.push(each.target);
    }
  }
  return undefined;
}
