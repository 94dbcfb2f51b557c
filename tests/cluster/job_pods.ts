/** The pods of an exported Job, as Kubernetes makes them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type ImageRoot, USER } from "../deploy/container/image_root.ts";
import type { Container, ContainerSpec, Mount, Pod } from "../deploy/container/pod.ts";

interface PodContainer {
  name: string;
  args: string[];
  env: { name: string; value?: string; valueFrom?: unknown }[];
  envFrom?: unknown[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface Volume {
  name: string;
  emptyDir?: unknown;
  configMap?: { name: string };
  persistentVolumeClaim?: { claimName: string };
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec?: {
    template: {
      spec: { initContainers?: PodContainer[]; containers: PodContainer[]; volumes: Volume[] };
    };
  };
}

/** What is around a pod. */
export interface Surroundings {
  pod: Pod;
  image: ImageRoot;
  /** A folder for its volumes, which is not there yet: the disk of its node. */
  disk: string;
  /** `JOB_COMPLETION_INDEX`, as the Job's controller sets it. */
  index?: number;
  /** The keys of the Secret that it names. */
  secret: Readonly<Record<string, string>>;
  /** Folders of claims, by their names. */
  claims: Readonly<Record<string, string>>;
}

/**
 * Runs a pod up to its last container, which is given back as it begins.
 * @param file the manifest
 */
export async function startJobPod(file: string, around: Surroundings): Promise<Container> {
  const objects = parseAllDocuments(await Deno.readTextFile(file))
    .map((document) => document.toJS() as KubernetesObject);
  const { spec } = objects.find(({ kind }) => kind === "Job")!.spec!.template;
  await Deno.mkdir(around.disk);
  const folders = new Map<string, string>();
  for (const volume of spec.volumes) {
    folders.set(volume.name, await folderOf(volume, objects, around));
  }
  const specOf = (container: PodContainer) => containerOf(container, folders, around);
  for (const before of spec.initContainers ?? []) {
    const container = await around.pod.container(around.image, specOf(before));
    assert.equal(await container.ended(), 0, container.stderr);
  }
  return await around.pod.container(around.image, specOf(spec.containers[0]!));
}

async function folderOf(
  { name, emptyDir, configMap, persistentVolumeClaim }: Volume,
  objects: readonly KubernetesObject[],
  { disk, claims }: Surroundings,
): Promise<string> {
  if (persistentVolumeClaim !== undefined) return claims[persistentVolumeClaim.claimName]!;
  const folder = join(disk, name);
  await Deno.mkdir(folder);
  if (emptyDir !== undefined) await Deno.chown(folder, USER.id, USER.id);
  const content = objects.find(({ metadata }) => metadata.name === configMap?.name)?.data ?? {};
  for (const [key, text] of Object.entries(content)) {
    await Deno.writeTextFile(join(folder, key), text);
  }
  return folder;
}

function containerOf(
  { name, args, env, envFrom, volumeMounts }: PodContainer,
  folders: ReadonlyMap<string, string>,
  { index, secret }: Surroundings,
): ContainerSpec {
  const variables: Record<string, string> = envFrom === undefined ? {} : { ...secret };
  for (const { name, value } of env) variables[name] = value ?? String(index);
  return {
    name,
    args: args.map((word) => expanded(word, variables)),
    env: variables,
    mounts: volumeMounts.map(({ name, mountPath, readOnly }): Mount => ({
      source: folders.get(name)!,
      path: mountPath,
      writable: readOnly !== true,
    })),
  };
}

/** `$(NAME)`, as a kubelet has it (k8s.io/kubernetes `third_party/forked/golang/expansion`). */
function expanded(word: string, variables: Readonly<Record<string, string>>): string {
  return word.replaceAll(/\$\$|\$\((\w+)\)/g, (found, name?: string) => {
    if (name === undefined) return "$";
    return variables[name] ?? found;
  });
}
