/** Secrets with what lies beside the flow, for those who want them written. */
import type { DeploymentPlan } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place } from "./object.ts";

/** What a file holds. */
export type ReadSecretFile = (source: string) => Uint8Array<ArrayBuffer>;

/** A Secret for each kind of file, and one for the variables. */
export function secrets(
  plan: DeploymentPlan,
  place: Place,
  read: ReadSecretFile,
): KubernetesObject[] {
  const names = [...new Set(plan.files.map(({ secret }) => secret))];
  const ofFiles = names.map((name): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: metaOf(plan, place, name),
    type: name === "tls" ? "kubernetes.io/tls" : "Opaque",
    data: Object.fromEntries(
      plan.files.filter(({ secret }) => secret === name).map((
        { key, source },
      ) => [key, read(source).toBase64()]),
    ),
  }));
  const variables = plan.variables.filter(({ secret }) => secret);
  if (variables.length === 0) return ofFiles;
  return [...ofFiles, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metaOf(plan, place, "env"),
    type: "Opaque",
    stringData: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  }];
}
