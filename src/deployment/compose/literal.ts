/** Text in a Compose file. */

/** A text that Compose leaves as it is: `$` is where it would put a variable (compose-spec, "interpolation"). */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
