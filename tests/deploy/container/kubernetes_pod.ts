/** The pod of exported manifests, as a kubelet would make it. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { Buffer } from "node:buffer";
import { USER } from "./image_root.ts";
import type { ContainerSpec, Mount } from "./pod.ts";

/** One probe (core/v1, Probe). */
export interface Probe {
  httpGet?: { path: string; port: number; scheme?: "HTTP" | "HTTPS" };
  grpc?: { port: number };
  exec?: { command: string[] };
  tcpSocket?: { port: number };
}

interface PodContainer {
  name: string;
  command?: string[];
  args?: string[];
  env?: {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: { name: string; key: string } };
  }[];
  envFrom?: { secretRef?: { name: string } }[];
  ports?: { containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop?: { exec?: { command: string[] } } };
  securityContext: Record<string, unknown>;
}

interface Volume {
  name: string;
  configMap?: { name: string; defaultMode?: number };
  secret?: { secretName: string; defaultMode?: number };
  emptyDir?: Record<string, unknown>;
}

interface PodSpec {
  terminationGracePeriodSeconds: number;
  securityContext: {
    runAsUser: number;
    runAsGroup: number;
    fsGroup: number;
    runAsNonRoot: boolean;
  };
  initContainers?: PodContainer[];
  containers: PodContainer[];
  volumes: Volume[];
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: { template: { spec: PodSpec }; volumeClaimTemplates?: { metadata: { name: string } }[] };
}

/** A pod: what runs before, and what runs. */
export interface PodPlan {
  prepare: ContainerSpec[];
  server: ContainerSpec;
  ports: number[];
  probes: { startup: Probe; readiness: Probe; liveness: Probe };
  preStop: string[] | undefined;
  graceSeconds: number;
}

/**
 * Reads the manifests in a folder, and makes the pod's volumes.
 * @param volumes an empty folder for them
 */
export function readPod(manifests: string, volumes: string): PodPlan {
  const objects = [...Deno.readDirSync(manifests)].filter(({ isFile }) => isFile)
    .flatMap(({ name }) => Deno.readTextFileSync(join(manifests, name)).split(/^---$/m))
    .map((text) => parse(text) as KubernetesObject);
  const workload = objects.find(({ kind }) => kind === "Deployment" || kind === "StatefulSet")!;
  const spec = workload.spec!.template.spec;
  const { securityContext } = spec;
  assert.deepEqual(
    [
      securityContext.runAsNonRoot,
      securityContext.runAsUser,
      securityContext.runAsGroup,
      securityContext.fsGroup,
    ],
    [true, USER.id, USER.id, USER.id],
  );
  const folders = new Map<string, string>();
  for (const volume of spec.volumes) folders.set(volume.name, makeVolume(volume, objects, volumes));
  for (const { metadata: { name } } of workload.spec!.volumeClaimTemplates ?? []) {
    folders.set(name, writableFolder(join(volumes, name), 0o2775));
  }
  const container = (one: PodContainer) => containerOf(one, folders, objects);
  const [server] = spec.containers;
  const { startupProbe, readinessProbe, livenessProbe } = server!;
  return {
    prepare: (spec.initContainers ?? []).map(container),
    server: container(server!),
    ports: (server!.ports ?? []).map(({ containerPort }) => containerPort),
    probes: { startup: startupProbe!, readiness: readinessProbe!, liveness: livenessProbe! },
    preStop: server!.lifecycle?.preStop?.exec?.command,
    graceSeconds: spec.terminationGracePeriodSeconds,
  };
}

function containerOf(
  container: PodContainer,
  folders: ReadonlyMap<string, string>,
  objects: readonly KubernetesObject[],
): ContainerSpec {
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
  });
  const env: Record<string, string> = {};
  for (const { secretRef } of container.envFrom ?? []) {
    Object.assign(env, dataOf(objects, "Secret", secretRef!.name));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const ref = valueFrom?.secretKeyRef;
    env[name] = ref === undefined ? value! : dataOf(objects, "Secret", ref.name)[ref.key]!;
    assert.equal(typeof env[name], "string", `${name} has no value`);
  }
  return {
    name: container.name,
    ...(container.command === undefined ? {} : { command: container.command }),
    args: container.args ?? [],
    env,
    mounts: (container.volumeMounts ?? []).map((mount): Mount => ({
      source: join(folders.get(mount.name)!, mount.subPath ?? ""),
      path: mount.mountPath,
      writable: mount.readOnly !== true,
    })),
  };
}

function makeVolume(
  { name, configMap, secret, emptyDir }: Volume,
  objects: readonly KubernetesObject[],
  volumes: string,
): string {
  const path = join(volumes, name);
  if (emptyDir !== undefined) return writableFolder(path, 0o2777);
  if (configMap !== undefined) {
    return projected(
      path,
      dataOf(objects, "ConfigMap", configMap.name),
      configMap.defaultMode ?? 0o644,
    );
  }
  assert.ok(secret !== undefined, `volume '${name}' is of a kind that is new`);
  return projected(path, dataOf(objects, "Secret", secret.secretName), secret.defaultMode ?? 0o644);
}

/** Files of a ConfigMap or Secret, as a kubelet writes them: behind links, for the group of the pod. */
function projected(path: string, data: Record<string, string>, mode: number): string {
  Deno.mkdirSync(join(path, "..2026_11_26"), { recursive: true });
  Deno.symlinkSync("..2026_11_26", join(path, "..data"));
  for (const [key, text] of Object.entries(data)) {
    const file = join(path, "..2026_11_26", key);
    Deno.writeTextFileSync(file, text);
    if (Deno.uid() === 0) Deno.chownSync(file, 0, USER.id);
    // fsGroup lets the group read what its owner may.
    Deno.chmodSync(file, mode | ((mode & 0o400) >> 3));
    Deno.symlinkSync(join("..data", key), join(path, key));
  }
  return path;
}

/** A folder of fsGroup. */
function writableFolder(path: string, mode: number): string {
  Deno.mkdirSync(path);
  if (Deno.uid() === 0) Deno.chownSync(path, 0, USER.id);
  Deno.chmodSync(path, mode);
  assert.notEqual(dirname(path), path);
  return path;
}

function dataOf(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
): Record<string, string> {
  const object = objects.find((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(object !== undefined, `there is no ${kind} '${name}'`);
  if (kind === "ConfigMap") return object.data ?? {};
  const decoded = Object.entries(object.data ?? {})
    .map(([key, text]) => [key, Buffer.from(text, "base64").toString()]);
  return { ...Object.fromEntries(decoded), ...object.stringData };
}
