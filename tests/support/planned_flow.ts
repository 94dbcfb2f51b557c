/** Flows that tests plan the deployment of. */
import { dirname, join } from "node:path";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import type { DeploymentPlan } from "../../src/deployment/plan.ts";
import type { PlanOptions } from "../../src/deployment/plan/options.ts";

/** What lies around a flow. */
export interface Surroundings {
  options?: Omit<PlanOptions, "programFolder">;
  env?: Record<string, string>;
  /** Files beside it, empty. */
  files?: readonly string[];
}

/** An encoder in one line, for flows that are about something else. */
export const ENCODER = "executors: [{ uses: CLIPEncoder }]\n";

/**
 * The plan of a flow in a folder of its own.
 * @throws {FlowError} with places in `flow.yml`.
 */
export async function planOf(
  text: string,
  { options = {}, env = {}, files = [] }: Surroundings = {},
): Promise<DeploymentPlan> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-plan-" });
  try {
    for (const file of files) {
      await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
      await Deno.writeTextFile(join(folder, file), "");
    }
    const flow = join(folder, "flow.yml");
    await Deno.writeTextFile(flow, text);
    return (await planFlow(flow, options, env)).plan;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is said against a flow, with `flow.yml` for its path; fails if nothing is. */
export async function refusalOf(text: string, surroundings: Surroundings = {}): Promise<string> {
  try {
    await planOf(text, surroundings);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return thrown.message.replace(/\/\S*clipline-plan-\w+\//g, "");
  }
  throw new Error("nothing was refused");
}
