/** The pod of a job: as locked down as a server's. */
import { dirname } from "node:path";
import { CONTAINER_SECURITY, POD_SECURITY, SECRET_MODE } from "../../kubernetes/confinement.ts";
import { containerResources, gpuTolerations } from "../../kubernetes/container_resources.ts";
import { environmentVariable, literal } from "../../kubernetes/environment.ts";
import { objectName, type Place } from "../../kubernetes/object.ts";
import type { PlannedResources } from "../../plan.ts";
import { CACHE_FOLDER, WORKSPACE_FOLDER } from "../../plan/container_paths.ts";
import { byteQuantity } from "../../quantities.ts";
import type { KubernetesJobPlan } from "./kubernetes_plan.ts";

/** What the pod runs. */
export interface JobContainer {
  name: string;
  args: readonly string[];
  resources: PlannedResources;
  /** Of the container that gets the model before. */
  prepareWords: readonly string[] | null;
  /** Beside those of the plan. */
  variables: readonly object[];
}

/** Seconds in which what is under way is finished and noted. */
const GRACE_SECONDS = 120;

interface Mount {
  volume: Readonly<Record<string, unknown>> & { name: string };
  path: string;
  readOnly?: boolean;
}

/** The spec of the pod. */
export function jobPod(
  plan: KubernetesJobPlan,
  { pullSecrets = [] }: Place,
  container: JobContainer,
): object {
  const mounts = mountsOf(plan);
  const common = {
    image: plan.image,
    env: [
      ...plan.variables.map((variable) => environmentVariable(plan, variable)),
      ...container.variables,
    ],
    ...(plan.variableSecrets.length === 0
      ? {}
      : { envFrom: plan.variableSecrets.map((name) => ({ secretRef: { name } })) }),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: mounts.map(({ volume, path, readOnly }) => ({
      name: volume.name,
      mountPath: path,
      ...(readOnly ? { readOnly } : {}),
    })),
  };
  const { name, args, resources, prepareWords } = container;
  const { gpus } = resources;
  const diskBytes = ownDisk(plan);
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: GRACE_SECONDS,
    ...(plan.serviceAccount === null ? {} : { serviceAccountName: plan.serviceAccount }),
    // It is for Kubernetes' API. What clouds want of an account they mount themselves.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(pullSecrets.length === 0
      ? {}
      : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...gpuTolerations(gpus),
    securityContext: POD_SECURITY,
    ...(prepareWords === null ? {} : {
      initContainers: [{
        ...common,
        name: "prepare",
        args: prepareWords.map(literal),
        resources: containerResources({ ...resources, gpus: 0 }, diskBytes),
      }],
    }),
    containers: [{
      ...common,
      name,
      args,
      // Without it the container runtime hands in neither CUDA nor Vulkan.
      env: gpus === 0 ? common.env : [
        { name: "NVIDIA_DRIVER_CAPABILITIES", value: "compute,utility,graphics" },
        ...common.env,
      ],
      resources: containerResources(resources, diskBytes),
    }],
    volumes: mounts.map(({ volume }) => volume),
  };
}

/** The model, and what is written, where they lie on the pod's own disk. */
function ownDisk({ cache, claims, workBytes }: KubernetesJobPlan): number {
  const mounted = claims.some(({ path }) => path === WORKSPACE_FOLDER);
  return (cache?.claim === null ? cache.bytes : 0) + (mounted ? 0 : workBytes);
}

function mountsOf(plan: KubernetesJobPlan): Mount[] {
  const { flow, files, cache, models, claims, workBytes } = plan;
  const scratch = (bytes: number) => ({ emptyDir: { sizeLimit: byteQuantity(bytes) } });
  const secrets = new Map(files.map(({ secret, path }) => [secret, dirname(path)]));
  const mounts: Mount[] = [
    { volume: { name: "tmp", ...scratch(workBytes) }, path: "/tmp" },
    ...(cache === null ? [] : [{
      volume: {
        name: "cache",
        ...(cache.claim === null
          ? scratch(cache.bytes)
          : { persistentVolumeClaim: { claimName: cache.claim.name } }),
      },
      path: CACHE_FOLDER,
    }]),
    ...(models === null ? [] : [{
      volume: {
        name: "models",
        persistentVolumeClaim: { claimName: models.claim, readOnly: true },
      },
      path: models.path,
      readOnly: true,
    }]),
    ...(flow === null ? [] : [{
      volume: {
        name: "flow",
        ...(flow.secret
          ? { secret: { secretName: objectName(plan, "flow"), defaultMode: SECRET_MODE } }
          : { configMap: { name: objectName(plan, "flow") } }),
      },
      path: dirname(flow.path),
      readOnly: true,
    }]),
    ...[...secrets].map(([secret, path]) => ({
      volume: {
        name: secret,
        secret: { secretName: objectName(plan, secret), defaultMode: SECRET_MODE },
      },
      path,
      readOnly: true,
    })),
    ...claims.map(({ claim, path }, i) => ({
      volume: { name: `data-${i}`, persistentVolumeClaim: { claimName: claim } },
      path,
    })),
  ];
  // Unless a claim is there.
  if (!claims.some(({ path }) => path === WORKSPACE_FOLDER)) {
    mounts.splice(1, 0, {
      volume: { name: "work", ...scratch(workBytes) },
      path: WORKSPACE_FOLDER,
    });
  }
  return mounts;
}
