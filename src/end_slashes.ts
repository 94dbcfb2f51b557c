/** Paths without the slashes at their end. */

/** Cuts them off. Not by a pattern (`/\/+$/`), which takes a second for some thousand in the middle. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}
