/** Arguments and variables of a container. */
import type { DeploymentPlan, PlannedVariable } from "../plan.ts";
import { objectName } from "./object.ts";

/**
 * A text that Kubernetes hands on as it is: it puts variables where `$(NAME)` stands, and reads `$$`
 * as one `$` (kubernetes.io, "Define Dependent Environment Variables").
 */
export function literal(text: string): string {
  return text.replace(/\$(?=[$(])/g, "$$$$");
}

/** An entry of `env`; what is secret is in the deployment's Secret of variables. */
export function environmentVariable(
  plan: Pick<DeploymentPlan, "name">,
  { name, value, secret }: PlannedVariable,
) {
  return secret
    ? { name, valueFrom: { secretKeyRef: { name: objectName(plan, "env"), key: name } } }
    : { name, value: literal(value) };
}
