/**
 * What a flow needs of the machines that run it. Kubernetes manifests, values of the Helm chart and
 * Compose files are written out of it and of nothing else, so that they say the same.
 */

/** A port that the server opens. */
export interface PlannedPort {
  /** At most 15 characters, as Kubernetes wants: `grpc`, `http`, `websocket`, `metrics`. */
  name: string;
  port: number;
  protocols: readonly ("grpc" | "http" | "websocket" | "metrics")[];
  tls: boolean;
}

/** How somebody outside learns how the server is. */
export type PlannedProbe =
  | { kind: "http"; port: number; tls: boolean; ready: string; live: string }
  | { kind: "grpc"; port: number }
  /** A command in the container. */
  | { kind: "exec"; command: readonly string[] };

/** A file that the server reads beside the flow: a certificate, a key, a file of API keys. */
export interface PlannedFile {
  /** Of the Secret that holds it, without the release's name: `tls`, `client-ca`, `api-keys`. */
  secret: string;
  /** Its key in the Secret: `tls.crt`. */
  key: string;
  /** Where the server sees it, absolute. */
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
  cpu: { request: number; limit: number | null };
  memoryBytes: { request: number; limit: number };
  /** GPUs; 0 for none. */
  gpus: number;
  /** Weights and graphs on disk. */
  cacheBytes: number;
}

/** Everything that is to be known. */
export interface DeploymentPlan {
  /** A DNS label: what all objects are named after. */
  name: string;
  image: string;
  /** The flow as the server shall read it, and its name there. */
  flow: { text: string; fileName: string; secret: boolean };
  ports: readonly PlannedPort[];
  /** Where Prometheus finds metrics; absent if the flow has none. */
  metrics?: { port: number; path: string };
  probe: PlannedProbe;
  files: readonly PlannedFile[];
  variables: readonly PlannedVariable[];
  /** How many servers. */
  replicas: { least: number; most: number };
  resources: PlannedResources;
  /** Whether weights have to be fetched or converted before the server starts. */
  prepares: boolean;
  /** An index that lies in the pod's own folder, and the folder. */
  workspace: { path: string; bytes: number } | null;
  /** Claims with models that somebody else fills, by where they are mounted. */
  modelClaim: { claim: string; path: string } | null;
  /** Seconds: what the pod waits before it is told to stop, and what the server then has. */
  shutdown: { delaySeconds: number; graceSeconds: number };
  /** Queue seconds at which another server is wanted. */
  targetQueueSeconds: number;
  /** What somebody should know who reads the result; one sentence each. */
  notes: readonly string[];
}
