/** The pod of a job: as locked down as a server's. */
import { dirname } from "node:path";
import type { PlannedResources } from "../../plan.ts";
import { CACHE_FOLDER, WORKSPACE_FOLDER } from "../../plan/container_paths.ts";
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

/** The user of the image. */
const USER = 1993;

/** Seconds in which what is under way is finished and noted. */
const GRACE_SECONDS = 120;

const MIB = 2 ** 20;

const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** A word that Kubernetes does not look for variables in. */
export function literal(word: string): string {
  return word.replaceAll("$(", "$$(");
}

interface Mount {
  volume: Readonly<Record<string, unknown>> & { name: string };
  path: string;
  readOnly?: boolean;
}

/** The spec of the pod. */
export function jobPod(plan: KubernetesJobPlan, container: JobContainer): object {
  const mounts = mountsOf(plan);
  const common = {
    image: plan.image,
    env: [...plan.variables.map((variable) => variableOf(plan, variable)), ...container.variables],
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
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: GRACE_SECONDS,
    ...(plan.serviceAccount === null
      ? { automountServiceAccountToken: false }
      : { serviceAccountName: plan.serviceAccount }),
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(prepareWords === null ? {} : {
      initContainers: [{
        ...common,
        name: "prepare",
        args: prepareWords.map(literal),
        resources: resourcesOf({ ...resources, gpus: 0 }),
      }],
    }),
    containers: [{ ...common, name, args, resources: resourcesOf(resources) }],
    volumes: mounts.map(({ volume }) => volume),
  };
}

function mountsOf(plan: KubernetesJobPlan): Mount[] {
  const { name, flow, files, cache, models, claims, workBytes } = plan;
  const scratch = (bytes: number) => ({ emptyDir: { sizeLimit: quantity(bytes) } });
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
          ? { secret: { secretName: `${name}-flow` } }
          : { configMap: { name: `${name}-flow` } }),
      },
      path: dirname(flow.path),
      readOnly: true,
    }]),
    ...[...secrets].map(([secret, path]) => ({
      volume: { name: secret, secret: { secretName: `${name}-${secret}` } },
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

function variableOf(
  { name: job }: KubernetesJobPlan,
  { name, value, secret }: KubernetesJobPlan["variables"][number],
): object {
  if (!secret) return { name, value: literal(value) };
  return { name, valueFrom: { secretKeyRef: { name: `${job}-env`, key: name } } };
}

function resourcesOf({ cpu, memoryBytes, gpus }: PlannedResources): object {
  const devices = gpus === 0 ? {} : { "nvidia.com/gpu": gpus };
  return {
    requests: { cpu: String(cpu.request), memory: quantity(memoryBytes.request), ...devices },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: String(cpu.limit) }),
      memory: quantity(memoryBytes.limit),
      ...devices,
    },
  };
}

/** Bytes as Kubernetes writes them. */
function quantity(bytes: number): string {
  return `${Math.ceil(bytes / MIB)}Mi`;
}
