/** What is mounted into a pod, and where. */
import type { DeploymentPlan } from "../plan.ts";
import { secretFolder } from "../plan/container_paths.ts";
import { byteQuantity } from "../quantities.ts";
import { SECRET_MODE } from "./confinement.ts";
import { objectName } from "./object.ts";

/** The volumes of a pod; that of an embedded index is made by its StatefulSet. */
export function volumesOf(plan: DeploymentPlan) {
  const { flow, cache, models } = plan;
  const name = objectName(plan, "flow");
  return [
    {
      name: "flow",
      ...(flow.secret
        ? { secret: { secretName: name, defaultMode: SECRET_MODE } }
        : { configMap: { name } }),
    },
    {
      name: "cache",
      ...(cache.claim === null
        ? { emptyDir: { sizeLimit: byteQuantity(cache.bytes) } }
        : { persistentVolumeClaim: { claimName: cache.claim.name } }),
    },
    { name: "tmp", emptyDir: {} },
    ...secretsOf(plan).map((secret) => ({
      name: secret,
      secret: { secretName: objectName(plan, secret), defaultMode: SECRET_MODE },
    })),
    ...(models === null
      ? []
      : [{ name: "models", persistentVolumeClaim: { claimName: models.claim, readOnly: true } }]),
  ];
}

/** Where a container sees them. */
export function mountsOf(plan: DeploymentPlan) {
  const { flow, cache, models, workspace } = plan;
  return [
    { name: "flow", mountPath: folderOf(flow.path), readOnly: true },
    { name: "cache", mountPath: cache.path },
    { name: "tmp", mountPath: "/tmp" },
    ...secretsOf(plan).map((secret) => ({
      name: secret,
      mountPath: secretFolder(secret),
      readOnly: true,
    })),
    ...(models === null ? [] : [{ name: "models", mountPath: models.path, readOnly: true }]),
    ...(workspace === null ? [] : [{ name: workspace.claim.name, mountPath: workspace.path }]),
  ];
}

/** The Secrets with files, each once. */
function secretsOf({ files }: DeploymentPlan): string[] {
  return [...new Set(files.map(({ secret }) => secret))];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
