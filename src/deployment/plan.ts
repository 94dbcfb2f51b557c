/**
 * What a flow needs of the machines that run it. Kubernetes manifests, values of the Helm chart and
 * Compose files are written out of it and of nothing else, so that they say the same.
 */

/** A port that the server opens. */
export interface PlannedPort {
  /** At most 15 characters, as Kubernetes wants: `grpc`, `http`, `websocket`, `metrics`, `metrics-2`. */
  name: string;
  port: number;
  /** `http` and `websocket` may share one. */
  protocols: readonly ("grpc" | "http" | "websocket" | "metrics")[];
  tls: boolean;
}

/** A page of metrics: the gateway's, or that of an executor with a port of its own. */
export interface PlannedMetrics {
  /** Of {@linkcode PlannedPort}. */
  portName: string;
  port: number;
  path: string;
}

/** How somebody outside learns how the server is. */
export type PlannedProbe =
  /** A GET that is answered with 200. */
  | { kind: "http"; port: number; tls: boolean; path: string }
  /** `grpc.health.v1.Health/Check` in plain. */
  | { kind: "grpc"; port: number }
  /** A command in the container. */
  | { kind: "exec"; command: readonly string[] }
  /** A connection that is taken. */
  | { kind: "tcp"; port: number };

/** The probes of a server. */
export interface PlannedProbes {
  ready: PlannedProbe;
  live: PlannedProbe;
  /** Seconds after which a server that is still not ready is given up. */
  startupSeconds: number;
}

/** A file that the server reads beside the flow: a certificate, a key, a file of API keys. */
export interface PlannedFile {
  /** Of the Secret that holds it, without the release's name: `tls`, `client-ca`, `api-keys`. */
  secret: string;
  /** Its key in the Secret: `tls.crt`. */
  key: string;
  /** Where the server sees it, absolute. All files of a Secret lie in one folder of their own. */
  path: string;
  /** Where it lies on the machine that exports. */
  source: string;
}

/** An environment variable of the server. */
export interface PlannedVariable {
  name: string;
  value: string;
  /** Whether it goes into a Secret. */
  secret: boolean;
}

/** Memory in bytes, processors in cores. */
export interface PlannedResources {
  /** Threads follow the limit: the runtime reads the quota. */
  cpu: { request: number; limit: number | null };
  memoryBytes: { request: number; limit: number };
  /** GPUs; 0 for none. */
  gpus: number;
}

/** A volume that outlives a pod. */
export interface PlannedClaim {
  name: string;
  /** Whether the export makes it; else it is somebody's who made it before. */
  made: boolean;
  bytes: number;
  /** `null`: the cluster's default. */
  storageClass: string | null;
}

/** A number of pods, or a share of them: `25%`. */
export type PodShare = number | `${number}%`;

/** Everything that is to be known. */
export interface DeploymentPlan {
  /** A DNS label: what all objects are named after. */
  name: string;
  image: string;
  /**
   * The flow as the server shall read it, its name, and where the server sees it. It goes into a
   * Secret if there are passwords or keys in it.
   */
  flow: { text: string; fileName: string; path: string; secret: boolean };
  ports: readonly PlannedPort[];
  /** Where Prometheus finds metrics, the gateway's first; empty if the flow has none. */
  metrics: readonly PlannedMetrics[];
  probes: PlannedProbes;
  files: readonly PlannedFile[];
  variables: readonly PlannedVariable[];
  /** Secrets that somebody else made, whose keys are all variables of the server. */
  variableSecrets: readonly string[];
  /** How many servers; with `least < most` the queue decides. */
  replicas: { least: number; most: number };
  /** How many pods there may be too many and too few while an update replaces them. */
  update: { maxSurge: PodShare; maxUnavailable: PodShare };
  /** Who the pods are; one that is not made is somebody's who made it before. */
  serviceAccount: {
    name: string;
    made: boolean;
    annotations: Readonly<Record<string, string>>;
    /** Whether the pod gets its token for Kubernetes' API. */
    token: boolean;
  };
  resources: PlannedResources;
  /** Where weights and graphs are kept; without a claim each server has a folder that goes with it. */
  cache: { path: string; bytes: number; claim: PlannedClaim | null };
  /** Whether weights have to be fetched or converted before the server starts. */
  prepares: boolean;
  /** An embedded index: where it lies, and the volume that keeps it. */
  workspace: { path: string; claim: PlannedClaim } | null;
  /** A volume with models that somebody else fills, and where the server sees it. */
  models: { claim: string; path: string } | null;
  /** TCP ports of other hosts that the server connects to, in order: 80 and 443, a database's. */
  egressPorts: readonly number[];
  /**
   * Seconds: what passes until everybody has heard that a server is leaving, and what it then has to
   * finish (`SHUTDOWN_GRACE`).
   */
  shutdown: { delaySeconds: number; graceSeconds: number };
  /** Queue seconds at which another server is wanted. */
  targetQueueSeconds: number;
  /** What somebody should know who reads the result; one sentence each. */
  notes: readonly string[];
}
