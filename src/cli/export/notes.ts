/** What somebody should know who exports. */
import type { Console } from "../model/console.ts";
import type { PlannedFlow } from "./plan_flow.ts";

/** Prints the flow's warnings and the plan's notes. */
export function tellNotes({ plan, warnings }: PlannedFlow, console: Console): void {
  for (const warning of warnings) console.err(`Warning: ${warning}`);
  for (const note of plan.notes) console.err(`Note: ${note}`);
  for (const { source } of plan.files) {
    if (!isHere(source)) {
      console.err(`Note: '${source}' is not here: its Secret is made where it is.`);
    }
  }
}

function isHere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
