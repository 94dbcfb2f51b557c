/** How the program is called in what it prints. */

/** Set by the executable (tools/compile/launcher.ts), where the program has a name of its own. */
const VARIABLE = "CLIPLINE_PROGRAM";

/** `clipline`, or the words that start it from the source. */
export function programName(fromSource = "deno run -A main.ts"): string {
  return Deno.env.get(VARIABLE) || fromSource;
}
