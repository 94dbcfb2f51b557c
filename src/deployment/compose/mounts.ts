/** What a container sees of volumes and files. */
import type { DeploymentPlan, PlannedClaim } from "../plan.ts";
import { literal } from "./literal.ts";

/** A volume in a container. */
export interface VolumeMount {
  type: "volume" | "bind";
  source: string;
  target: string;
  read_only?: boolean;
}

/** A config or a secret in a container: a file that is mounted, with the rights that it has outside. */
export interface FileMount {
  source: string;
  target: string;
}

/** Everything that is mounted, and the files that it comes from. */
export interface Mounts {
  volumes: readonly VolumeMount[];
  flow: { kind: "config" | "secret"; mount: FileMount };
  files: readonly FileMount[];
  configs: Record<string, { file: string }>;
  secrets: Record<string, { file: string }>;
}

const CACHE = "cache";
const WORKSPACE = "workspace";
const MODELS = "models";
const FLOW = "flow";

/** @param flowFile as the Compose file names it */
export function mounts(plan: DeploymentPlan, flowFile: string): Mounts {
  const { flow, files, cache, workspace, models } = plan;
  const source = { [FLOW]: { file: flowFile } };
  const secrets = Object.fromEntries(
    files.map((file) => [secretName(file), { file: literal(file.source) }]),
  );
  return {
    volumes: [
      { type: "volume", source: CACHE, target: cache.path },
      ...(workspace === null
        ? []
        : [{ type: "volume", source: WORKSPACE, target: workspace.path } as const]),
      ...(models === null ? [] : [modelsMount(models)]),
    ],
    flow: {
      kind: flow.secret ? "secret" : "config",
      mount: { source: FLOW, target: flow.path },
    },
    files: files.map((file) => ({ source: secretName(file), target: file.path })),
    configs: flow.secret ? {} : source,
    secrets: flow.secret ? { ...source, ...secrets } : secrets,
  };
}

/** The volumes that the services name. */
export function volumesOf({ cache, workspace, models }: DeploymentPlan): Record<string, unknown> {
  return {
    [CACHE]: volumeOf(cache.claim),
    ...(workspace === null ? {} : { [WORKSPACE]: volumeOf(workspace.claim) }),
    ...(models === null || isFolder(models.claim)
      ? {}
      : { [MODELS]: { external: true, name: models.claim } }),
  };
}

function volumeOf(claim: PlannedClaim | null): Record<string, unknown> {
  return claim === null || claim.made ? {} : { external: true, name: claim.name };
}

function modelsMount({ claim, path }: { claim: string; path: string }): VolumeMount {
  return isFolder(claim)
    ? { type: "bind", source: literal(claim), target: path, read_only: true }
    : { type: "volume", source: MODELS, target: path, read_only: true };
}

/** A folder of this machine is written as a path, a volume has a name. */
function isFolder(claim: string): boolean {
  return claim.startsWith("/");
}

function secretName({ secret, key }: { secret: string; key: string }): string {
  return `${secret}-${key}`.replace(/[^\w.-]/g, "-");
}
