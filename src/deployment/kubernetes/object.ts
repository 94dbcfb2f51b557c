/** What all objects of a deployment have in common. */
import { VERSION } from "../../version.ts";
import type { DeploymentPlan } from "../plan.ts";

/** An object of Kubernetes' API as its YAML says it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** Its name, and what it is found by. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
}

/** Where the objects go. */
export interface Place {
  /** Without it that of the `kubectl` that applies them. */
  namespace?: string | undefined;
  /** Secrets with which the image is pulled. */
  pullSecrets?: readonly string[] | undefined;
}

/** The label that tells the objects of one deployment apart. */
export const COMPONENT = "app.kubernetes.io/component";
/** What most of them are part of. */
export const SERVER = "server";

/** By what pods are found. It is never changed: selectors cannot be. */
export function selectorOf({ name }: Pick<DeploymentPlan, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": "clipline", "app.kubernetes.io/instance": name };
}

/** The recommended labels (kubernetes.io, "Recommended Labels"). */
export function labelsOf(
  plan: Pick<DeploymentPlan, "name">,
  component: string = SERVER,
): Record<string, string> {
  return {
    ...selectorOf(plan),
    [COMPONENT]: component,
    "app.kubernetes.io/version": VERSION,
    "app.kubernetes.io/managed-by": "clipline",
  };
}

/** The metadata of an object: the deployment's name, and what tells it from others of its kind. */
export function metaOf(
  plan: Pick<DeploymentPlan, "name">,
  { namespace }: Place,
  suffix = "",
  component?: string,
): ObjectMeta {
  return {
    name: objectName(plan, suffix),
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsOf(plan, component),
  };
}

/** `clipline-flow`. */
export function objectName({ name }: Pick<DeploymentPlan, "name">, suffix = ""): string {
  return suffix === "" ? name : `${name}-${suffix}`;
}
