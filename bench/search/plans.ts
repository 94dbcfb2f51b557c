/** Who is measured, and how each is started. */
import { fileURLToPath } from "node:url";
import { folderBytes, type Plan } from "./contestant.ts";

/** The name of the index that comes with a flow that says nothing else. */
export const OURS = "clipline, embedded";
/** The name of exact search. */
export const EXACT = "numpy, exact";

const ENGINE = new URL("./engine_step.ts", import.meta.url);
/** Requests under way at a time, as of a client that sends ahead. */
const WRITERS = 4;

/** A plan, and what has to be stopped when it was measured. */
export interface Made extends AsyncDisposable {
  plan: Plan;
}

/** By the words of `--only`. */
export const PLANS: Readonly<Record<string, (folder: string, python: string) => Promise<Made>>> = {
  embedded: (folder) =>
    withoutServer({ name: OURS, step: ENGINE, folder, writers: WRITERS, ...kept(folder) }),
  annlite: (folder, python) =>
    withoutServer({
      name: "annlite 0.4.0",
      step: pythonStep(python, "annlite_index.py"),
      folder,
      writers: 1,
      ...kept(folder),
    }),
};

/** Exact search keeps nothing. */
export function exactPlan(python: string): Plan {
  return {
    name: EXACT,
    step: pythonStep(python, "exact.py"),
    folder: "",
    writers: 1,
    diskBytes: () => Promise.resolve(NaN),
  };
}

function kept(folder: string): Pick<Plan, "diskBytes"> {
  return { diskBytes: () => folderBytes(folder) };
}

function withoutServer(plan: Plan): Promise<Made> {
  return Promise.resolve({ plan, [Symbol.asyncDispose]: () => Promise.resolve() });
}

function pythonStep(python: string, script: string): readonly [string, ...string[]] {
  return [python, fileURLToPath(new URL(`./python/${script}`, import.meta.url))];
}
