/** What is said beside a flow about how it is deployed. */
import type { PodShare } from "../plan.ts";

/** All have defaults but the folder of the program. */
export interface PlanOptions {
  /** The folder of the program that exports, whose models the image has too; absolute. */
  programFolder: string;
  /** A DNS label of at most 40 characters; `clipline`. */
  name?: string | undefined;
  /** The container image; `clipline:VERSION`. */
  image?: string | undefined;
  /** How many servers: one with an embedded index, else as many as the queue wants, 1 to 4. */
  replicas?: { least: number; most: number } | undefined;
  /** GPUs of each server; what the flow's devices say. */
  gpus?: number | undefined;
  /** Cores of each server; 2, and 4 with GPUs. */
  cpu?: number | undefined;
  /** The most memory of each server; what the models and the flow's bounds come to. */
  memoryBytes?: number | undefined;
  /** Of the cache; twice what the models come to. */
  cacheBytes?: number | undefined;
  /** A claim that is there, which all servers share as their cache. */
  cacheClaim?: string | undefined;
  /** The storage class of such a claim that is to be made. */
  cacheStorageClass?: string | undefined;
  /** A claim with models of one's own, for `model_path`. */
  modelsClaim?: string | undefined;
  /** How the command calls it, for messages. */
  modelsOption?: string | undefined;
  /** Of the volume of an embedded index; 10 GiB. */
  indexBytes?: number | undefined;
  /** The storage class of that volume. */
  indexStorageClass?: string | undefined;
  /** Variables of the servers. */
  variables?: readonly { name: string; value: string }[] | undefined;
  /** Secrets that are there, whose keys become variables. */
  variableSecrets?: readonly string[] | undefined;
  /** Who the pods are; not said where there are none. */
  serviceAccount?: ServiceAccountOptions | undefined;
  /** How many pods there may be too many and too few while they are replaced; not said where nothing replaces them. */
  update?: { maxSurge?: PodShare | undefined; maxUnavailable?: PodShare | undefined } | undefined;
}

/** Who the pods are. */
export interface ServiceAccountOptions {
  /** One that is there; without it one is made. */
  name?: string | undefined;
  /** Of the one that is made: clouds read there which of their roles it stands for. */
  annotations?: Readonly<Record<string, string>> | undefined;
  /** Whether the pod gets its token for Kubernetes' API. */
  token?: boolean | undefined;
}

/** What is known of an executor's model. */
export interface ModelSize {
  /** Numbers in its weights. */
  parameters: number;
  /** Bytes between the layers for one image. */
  imageBytes: number;
  /** Bytes of what is downloaded or read. */
  checkpointBytes: number;
}
