/** A port that a test's protocols share: it cannot be left to the system, which gives each another. */

let next = 0;

/** Another one at each call; below those that the system gives away. */
export function sharedPort(): string {
  return String(10_000 + (Deno.pid * 7 + 1009 * next++) % 20_000);
}
