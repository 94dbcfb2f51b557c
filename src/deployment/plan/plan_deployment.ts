/** Flow -> {@linkcode DeploymentPlan}. */
import { ClipError } from "../../errors.ts";
import type { FlowConfig } from "../../flow/config.ts";
import { loadFlow } from "../../flow/load.ts";
import type { Environment } from "../../flow/substitute.ts";
import { isObjectAddress, parseObjectAddress } from "../../storage/object_address.ts";
import { GRACE_SECONDS, MAX_STOP_SECONDS, stopSeconds } from "../../stop_times.ts";
import { VERSION } from "../../version.ts";
import type { DeploymentPlan, PlannedVariable } from "../plan.ts";
import {
  CACHE_FOLDER,
  FLOW_FILE,
  FLOW_FOLDER,
  MODELS_FOLDER,
  WORKSPACE_FOLDER,
} from "./container_paths.ts";
import type { Draft } from "./draft.ts";
import { egressPortsOf } from "./egress.ts";
import { FlowText } from "./flow_text.ts";
import { settleFolders } from "./folders.ts";
import { checkEnvironment } from "./image_variables.ts";
import { settleListening } from "./listening.ts";
import type { PlanOptions } from "./options.ts";
import { metricsOf, portsOf, probesOf } from "./ports.ts";
import { cacheBytesOf, memoryNote, type ModelSizes, resourcesOf } from "./resources.ts";
import { settleFiles } from "./secret_files.ts";
import { checkServers, serviceAccountOf, settleReplicas, settleUpdate } from "./servers.ts";
import { holdsSecrets, settleVariables } from "./variables.ts";

/** A flow that was loaded, and what it was loaded from. */
export interface PlannedFlow {
  config: FlowConfig;
  /** As the user wrote it. */
  text: string;
  /** As messages name it. */
  name: string;
}

const DEFAULT_NAME = "clipline";
const INDEX_BYTES = 10 * 2 ** 30;
/** Seconds in which everybody hears that a pod is leaving, if `SHUTDOWN_DELAY` is not given. */
const DELAY_SECONDS = 5;
/** Of `max_wait_ms`: a queue of so much is no accident, and nobody is refused yet. */
const TARGET_SHARE = 0.2;
/** Milliseconds, where the flow lets items wait without a bound. */
const UNBOUNDED_WAIT_MS = 5000;

/**
 * What a flow needs of the machines that run it.
 * @param env the environment that the flow was loaded with.
 * @throws {FlowError} with all that cannot be in a container, or does not go with the options, each with
 * its place.
 */
export function planDeployment(
  source: PlannedFlow,
  sizes: ModelSizes,
  env: Environment,
  options: PlanOptions,
): DeploymentPlan {
  const text = new FlowText(source.text, source.name);
  const draft: Draft = { flow: source.config, text, options, notes: [] };
  settleListening(draft);
  settleFolders(draft);
  const files = settleFiles(draft);
  const replicas = settleReplicas(draft);
  checkServers(draft);
  checkEnvironment(draft);
  const edited = text.edited();
  const flow = reloaded(edited, source.name, env);
  const read = new FlowText(edited, source.name);
  const ports = portsOf(flow);
  const resources = resourcesOf(flow, sizes, options);
  const variables = [
    ...settleVariables(read, env, options, draft.notes),
    ...gpuVariables(resources.gpus, options),
  ];
  noteUnknownModels(draft, sizes);
  const shortage = memoryNote(flow, sizes, options);
  if (shortage !== undefined) draft.notes.push(shortage);
  noteLocalCollector(flow, variables, draft.notes);
  noteBucket(flow, variables, options, draft.notes);
  const name = options.name ?? DEFAULT_NAME;
  const embedded = flow.indexers.some(({ store }) => store.kind === "embedded");
  return {
    name,
    image: options.image ?? `clipline:${VERSION}`,
    flow: {
      text: edited,
      fileName: FLOW_FILE,
      path: `${FLOW_FOLDER}/${FLOW_FILE}`,
      secret: holdsSecrets(read),
    },
    ports,
    metrics: metricsOf(ports),
    probes: probesOf(flow, ports),
    files,
    variables,
    variableSecrets: options.variableSecrets ?? [],
    replicas,
    update: settleUpdate(draft, replicas),
    serviceAccount: serviceAccountOf(name, options),
    resources,
    cache: cacheOf(name, flow, sizes, options),
    prepares: flow.executors.some(({ runtime, encoder }) =>
      runtime === "torch" || encoder.modelPath === null || isObjectAddress(encoder.modelPath)
    ),
    workspace: embedded
      ? {
        path: WORKSPACE_FOLDER,
        claim: {
          name: "workspace",
          made: true,
          bytes: options.indexBytes ?? INDEX_BYTES,
          storageClass: options.indexStorageClass ?? null,
        },
      }
      : null,
    models: options.modelsClaim === undefined
      ? null
      : { claim: options.modelsClaim, path: MODELS_FOLDER },
    egressPorts: egressPortsOf(flow, variables),
    shutdown: {
      delaySeconds: secondsOf(options, "SHUTDOWN_DELAY", DELAY_SECONDS),
      graceSeconds: secondsOf(options, "SHUTDOWN_GRACE", GRACE_SECONDS),
    },
    targetQueueSeconds: targetOf(flow),
    notes: draft.notes,
  };
}

/** What makes the container runtime hand CUDA and Vulkan in. */
function gpuVariables(gpus: number, { variables = [] }: PlanOptions): PlannedVariable[] {
  const name = "NVIDIA_DRIVER_CAPABILITIES";
  if (gpus === 0 || variables.some((variable) => variable.name === name)) return [];
  return [{ name, value: "compute,utility,graphics", secret: false }];
}

/** What the changed text says; a change that it does not bear is a fault of ours, and told as such. */
function reloaded(text: string, name: string, env: Environment): FlowConfig {
  return loadFlow({ text, name }, env, { elsewhere: true, cwd: "/app" });
}

function cacheOf(
  name: string,
  flow: FlowConfig,
  sizes: ModelSizes,
  { cacheBytes, cacheClaim, cacheStorageClass }: PlanOptions,
): DeploymentPlan["cache"] {
  const bytes = cacheBytes ?? cacheBytesOf(flow, sizes);
  const storageClass = cacheStorageClass ?? null;
  const claim = cacheClaim !== undefined
    ? { name: cacheClaim, made: false, bytes, storageClass: null }
    : storageClass !== null
    ? { name: `${name}-cache`, made: true, bytes, storageClass }
    : null;
  return { path: CACHE_FOLDER, bytes, claim };
}

function noteUnknownModels({ flow, notes }: Draft, sizes: ModelSizes): void {
  for (const { name } of flow.executors) {
    if (sizes.get(name) !== undefined) continue;
    notes.push(
      `Nothing is known of the size of the model of '${name}': memory and cache are those of a ` +
        "ViT-L/14; --memory and --cache-size say better.",
    );
  }
}

/** A collector beside the server is in no pod. */
function noteLocalCollector(
  { tracing: { wanted, host }, gateway }: FlowConfig,
  variables: readonly PlannedVariable[],
  notes: string[],
): void {
  const names = [...variables.map(({ name }) => name), ...Object.keys(gateway.env)];
  const said = names.some((name) => /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/.test(name));
  const here = host === null || /^(https?:\/\/)?(localhost|127\.|\[::1\])/i.test(host);
  if (!wanted || said || !here) return;
  notes.push(
    "Traces would go to a collector in the container itself: name another with " +
      "'traces_exporter_host' in the flow or --env OTEL_EXPORTER_OTLP_ENDPOINT=URL.",
  );
}

/** A bucket that is read with this machine's endpoint and keys, which do not come along. */
function noteBucket(
  { executors, gateway }: FlowConfig,
  variables: readonly PlannedVariable[],
  { variableSecrets = [], serviceAccount }: PlanOptions,
  notes: string[],
): void {
  const buckets = executors.map(({ encoder }) => encoder.modelPath ?? "").filter(isObjectAddress);
  const ofProfile = buckets.find((address) => parseObjectAddress(address).profile !== undefined);
  if (ofProfile !== undefined) {
    notes.push(
      `'${ofProfile}' names an AWS profile, whose file does not come along: name the bucket alone, ` +
        "or mount the file, and say where with --env AWS_CONFIG_FILE=/PATH.",
    );
  }
  const bucket = buckets.find((address) => address !== ofProfile);
  const names = [...variables.map(({ name }) => name), ...Object.keys(gateway.env)];
  const known = serviceAccount?.name !== undefined ||
    Object.keys(serviceAccount?.annotations ?? {}).length > 0;
  const said = known || variableSecrets.length > 0 ||
    names.some((name) => name.startsWith("AWS_"));
  if (bucket === undefined || said) return;
  notes.push(
    `'${bucket}' is asked for at AWS and without keys: the store's address and keys are variables, ` +
      "as --env AWS_ENDPOINT_URL=URL --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY" +
      (serviceAccount === undefined
        ? "."
        : "; in a cluster whose cloud gives pods roles, --service-account says which."),
  );
}

/**
 * What a variable of the options says, in whole seconds.
 * @throws {ClipError} "config" for what the server would not take either.
 */
function secondsOf({ variables = [] }: PlanOptions, name: string, otherwise: number): number {
  const value = variables.findLast((variable) => variable.name === name)?.value;
  if (value === undefined) return otherwise;
  const seconds = stopSeconds(value);
  if (seconds !== undefined) return Math.ceil(seconds);
  throw new ClipError(
    "config",
    `${name} must be a number of seconds from 0 to ${MAX_STOP_SECONDS}: got '${value}'`,
  );
}

function targetOf({ executors }: FlowConfig): number {
  const waits = executors.map(({ encoder }) => encoder.maxWaitMs || UNBOUNDED_WAIT_MS);
  return Math.max(0.01, Math.round(Math.min(...waits) * TARGET_SHARE) / 1000);
}
