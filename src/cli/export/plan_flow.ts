/** The flow that a command names -> its deployment. */
import { fileURLToPath } from "node:url";
import type { DeploymentPlan } from "../../deployment/plan.ts";
import type { PlanOptions } from "../../deployment/plan/options.ts";
import { planDeployment } from "../../deployment/plan/plan_deployment.ts";
import { type FlowSource, flowText, loadFlow } from "../../flow/load.ts";
import { findModel } from "../../model/catalog/catalog.ts";
import type { Environment } from "../../flow/substitute.ts";
import { readFlowStream, resolveFlow } from "../flow_source.ts";
import { modelSizes } from "./model_sizes.ts";

/** A deployment, and the flow that it is of. */
export interface PlannedFlow {
  plan: DeploymentPlan;
  /** What is odd about the flow on any machine. */
  warnings: readonly string[];
  /** As messages name it. */
  name: string;
}

/** `-` is the flow on standard input. */
const STANDARD_INPUT = "-";

/**
 * Loads the flow and plans its deployment.
 * @param word a path, the name of a built-in flow, or `-`
 * @throws {ClipError} "config" with what is wrong with it, or cannot be in a container.
 */
export async function planFlow(
  word: string,
  options: Omit<PlanOptions, "programFolder">,
  env: Environment = Deno.env.toObject(),
): Promise<PlannedFlow> {
  const source: FlowSource = word === STANDARD_INPUT
    ? await readFlowStream(Deno.stdin.readable)
    : { path: resolveFlow(word) };
  const name = "path" in source ? source.path : source.name;
  const text = flowText(source);
  const config = loadFlow(source, env, { knownModel: findModel, elsewhere: true });
  const programFolder = fileURLToPath(new URL("../../../", import.meta.url));
  const plan = planDeployment({ config, text, name }, modelSizes(config), env, {
    ...options,
    programFolder,
  });
  return { plan, warnings: config.warnings, name };
}
