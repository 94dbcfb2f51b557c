/** A place in a JSON body, which is made into a path only where something is wrong. */

/** A key or index in what is at an outer place. */
export interface Place {
  readonly outer: Place | undefined;
  readonly key: string | number;
}

/** The body itself. */
export const BODY: Place = { outer: undefined, key: "body" };

/** A place in another one. */
export function within(outer: Place, key: string | number): Place {
  return { outer, key };
}

/** The keys on the way to a place: `["body", "data", 3, "text"]`. */
export function pathOf(place: Place): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.outer) path.push(at.key);
  return path.reverse();
}
