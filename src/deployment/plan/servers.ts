/** How many servers there may be, and what they must have for it. */
import { GATEWAY_KEYS } from "../../flow/gateway_keys.ts";
import type { DeploymentPlan, PodShare } from "../plan.ts";
import type { Draft } from "./draft.ts";
import { findKey } from "./flow_text.ts";
import { gpusOf, needsGpu } from "./gpus.ts";
import type { PlanOptions } from "./options.ts";

/** As many as the queue wants, unless somebody says it. */
const DEFAULT_REPLICAS = { least: 1, most: 4 };
/** More than any machine has. */
const MOST_GPUS = 64;
const ONE = { least: 1, most: 1 };

/** How many servers; what the flow does not bear goes to the report. */
export function settleReplicas(draft: Draft): DeploymentPlan["replicas"] {
  const { flow, text, options: { replicas: wanted } } = draft;
  const index = flow.indexers.findIndex(({ store }) => store.kind === "embedded");
  if (index >= 0) {
    if (wanted !== undefined && wanted.most > 1) {
      const { at, path } = text.entries("indexer")[index]!;
      text.report.problem(
        at,
        path,
        `keeps its documents in its own folder, so each of ${wanted.most} servers would have an ` +
          "index of its own; expected 'url' with a PostgreSQL that all share, or '--replicas 1'",
      );
    }
    return ONE;
  }
  const silent = findKey(text.gateway, "monitoring");
  if (silent === undefined || flow.gateway.monitoring) return wanted ?? DEFAULT_REPLICAS;
  if (wanted !== undefined && wanted.least < wanted.most) {
    text.report.problem(
      silent.at,
      silent.path,
      "without metrics nothing says how many servers are wanted; expected 'monitoring: true', or " +
        "one number with '--replicas'",
    );
  }
  return wanted ?? ONE;
}

/** Tells the report what keeps the servers from running, or from being asked how they are. */
export function checkServers({ flow, text, options, notes }: Draft): void {
  const { tls, monitoring } = flow.gateway;
  const authority = findKey(text.gateway, "ssl_client_ca", GATEWAY_KEYS.ssl_client_ca.aliases);
  const silent = findKey(text.gateway, "monitoring");
  if (tls?.clientCaFile != null && authority !== undefined && silent !== undefined && !monitoring) {
    text.report.problem(
      authority.at,
      authority.path,
      "lets nobody ask without a certificate how the server is; expected 'monitoring: true', whose " +
        "port is asked then",
    );
  }
  const onGpu = flow.executors.findIndex(needsGpu);
  const gpus = options.gpus ?? gpusOf(flow);
  if (onGpu >= 0 && gpus === 0) {
    const { at, path } = text.entries("encoder")[onGpu]!;
    text.report.problem(at, path, "runs on GPUs alone; expected '--gpus 1' or more");
  }
  if (gpus > MOST_GPUS) {
    const { at, path } = text.entries("encoder")[Math.max(onGpu, 0)]!;
    text.report.problem(
      at,
      path,
      `wants ${gpus} GPUs in each server, by the numbers of its devices; expected ${MOST_GPUS} at most`,
    );
  }
  if (gpus > 0 && options.image === undefined) {
    notes.push(
      "The Dockerfile's image has no CUDA: build one with the libraries of docs/gpu.md, and name " +
        "it with --image; without them only WebGPU runs on a GPU.",
    );
  }
}

/** How an update replaces the pods: the new one first, unless the options say otherwise. */
export function settleUpdate(
  draft: Draft,
  { most }: DeploymentPlan["replicas"],
): DeploymentPlan["update"] {
  const { update } = draft.options;
  const maxSurge = update?.maxSurge ?? 1;
  // Where there is none to spare one has to go first.
  const maxUnavailable = update?.maxUnavailable ?? (isNone(maxSurge) ? 1 : 0);
  const note = update && updateNote(draft, update, most);
  if (note !== undefined) draft.notes.push(note);
  return { maxSurge, maxUnavailable };
}

function updateNote(
  { flow, options }: Draft,
  { maxSurge, maxUnavailable }: NonNullable<PlanOptions["update"]>,
  most: number,
): string | undefined {
  const said = maxSurge !== undefined || maxUnavailable !== undefined;
  if (flow.indexers.some(({ store }) => store.kind === "embedded")) {
    return said
      ? "--max-surge and --max-unavailable are passed over: the one server with an embedded index " +
        "goes before the next one comes."
      : undefined;
  }
  if (isNone(maxSurge) && most === 1) {
    return "With --max-surge 0 nobody serves while an update replaces the only server.";
  }
  return !said && (options.gpus ?? gpusOf(flow)) > 0
    ? "An update wants one more server's GPUs free; where there are none, --max-surge 0."
    : undefined;
}

function isNone(share: PodShare | undefined): boolean {
  return share === 0 || share === "0%";
}

/** Who the pods are: an account of theirs without any rights, unless the options name another. */
export function serviceAccountOf(
  deployment: string,
  { serviceAccount: { name, annotations = {}, token = false } = {} }: PlanOptions,
): DeploymentPlan["serviceAccount"] {
  return { name: name ?? deployment, made: name === undefined, annotations, token };
}
