/** `export` and what is below it. */
import { type Command, NO_WORDS, type Option, type WordsSpec } from "./command.ts";
import { EXPORT_JOB } from "./export_job.ts";

/** A flow, and where to. */
function flowWords(where: string, doc: string): WordsSpec {
  return {
    usage: `FLOW ${where}`,
    least: 2,
    most: 2,
    called: "flow or place to write",
    offered: "flow",
    doc: [
      ["FLOW", "a Flow YAML, the name of a built-in one, or - for standard input"],
      [where, doc],
    ],
  };
}

/** What is deployed, and how much of it. */
const DEPLOYMENT_OPTIONS: readonly Option[] = [
  { name: "name", value: "NAME", doc: "what all objects are named after; default clipline" },
  {
    name: "image",
    value: "IMAGE",
    doc: "the image, built by the Dockerfile; default clipline and this version",
  },
  {
    name: "replicas",
    value: "N|MIN-MAX",
    takes: "a number, or two as 2-8",
    doc: "how many servers; of MIN-MAX as many as the queue wants; default 1-4, and 1 with an " +
      "embedded index",
  },
  {
    name: "gpus",
    value: "N",
    doc: "GPUs of each server; default what the flow's devices say",
  },
  {
    name: "cpu",
    value: "CORES",
    doc: "cores of each server, and so its threads; default 2, with GPUs 4",
  },
  {
    name: "memory",
    value: "SIZE",
    doc: "the most memory of each server, as 4Gi; default what models and bounds come to",
  },
  {
    name: "env",
    value: "NAME[=VALUE]",
    repeatable: true,
    doc: "a variable of the servers; without a value the one that it has here",
  },
];

/** What only Kubernetes has. */
const CLUSTER_OPTIONS: readonly Option[] = [
  {
    name: "models-claim",
    value: "CLAIM",
    doc: "a volume with models of your own, mounted at /models: there model_path is looked for",
  },
  {
    name: "env-secret",
    value: "SECRET",
    repeatable: true,
    doc: "a Secret that is there, whose keys become variables",
  },
  {
    name: "cache-claim",
    value: "CLAIM",
    doc: "a volume that is there, which all pods share for weights; default one for each pod",
  },
  {
    name: "cache-storage-class",
    value: "CLASS",
    doc: "make such a volume of this class (ReadWriteMany)",
  },
  { name: "cache-size", value: "SIZE", doc: "of it; default what the models come to" },
  { name: "index-size", value: "SIZE", doc: "the volume of an embedded index; default 10Gi" },
  { name: "storage-class", value: "CLASS", doc: "of that volume; default the cluster's" },
  {
    name: "service-account",
    value: "NAME",
    doc: "one that is there, for the pods; default one of their own, without any rights",
  },
  {
    name: "service-account-annotation",
    value: "KEY=VALUE",
    repeatable: true,
    doc: "of their own one, as eks.amazonaws.com/role-arn=ARN: the role it has in the cloud",
  },
  {
    name: "service-account-token",
    doc: "mount its token for Kubernetes' API, which servers do not need",
  },
  {
    name: "max-surge",
    value: "N|P%",
    doc: "how many pods more there may be while they are replaced; default 1, and 0 needs no " +
      "spare GPU",
  },
  {
    name: "max-unavailable",
    value: "N|P%",
    doc: "how many fewer; default 0, with --max-surge 0 it is 1",
  },
  {
    name: "image-pull-secret",
    value: "SECRET",
    repeatable: true,
    doc: "a Secret with which the image is pulled",
  },
];

const NAMESPACE: Option = { name: "namespace", value: "NS", doc: "the namespace of all objects" };

/** Of all that write files. */
const OVERWRITE: Option = {
  name: "overwrite",
  doc: "replace files that export did not write, or wrote for another name",
};

const EXIT_CODES = "0 done; 1 failed; 2 wrong usage, or a flow that cannot be deployed so.";

/** Nothing there starts more servers by itself. */
const COMPOSE_REPLICAS: Option = {
  name: "replicas",
  value: "N",
  takes: "a number",
  doc: "how many servers; default 1, and several stand behind HAProxy",
};

/** `export docker-compose FLOW FILE`. */
const EXPORT_COMPOSE: Command = {
  name: "docker-compose",
  summary: "a Compose file for one machine",
  body:
    "Writes a file for `docker compose up`, and the flow beside it: a container that fetches and " +
    "converts the models and ends, the server, which begins then, volumes, a health check and " +
    "limits; of several servers HAProxy before them (docs/deployment.md).",
  words: flowWords("FILE", "the file to write"),
  options: [
    { name: "network-name", value: "NAME", doc: "the network of the servers" },
    { name: "network_name", value: "NAME", doc: "the same, as Jina calls it" },
    {
      name: "models",
      value: "DIR|VOLUME",
      offered: "folder",
      doc: "models of your own, mounted at /models: there model_path is looked for",
    },
    ...DEPLOYMENT_OPTIONS.map((option) => option.name === "replicas" ? COMPOSE_REPLICAS : option),
    OVERWRITE,
  ],
  examples: [{
    line: "export docker-compose demo docker-compose.yml",
    says: "the demo model in a container",
  }],
  exitCodes: EXIT_CODES,
};

/** `export COMMAND`. */
export const EXPORT: Command = {
  name: "export",
  summary: "write what deploys a flow elsewhere",
  body:
    "Writes what clusters want of a flow: the same file that serves here, with ports, probes, " +
    "memory and volumes worked out.",
  words: { ...NO_WORDS, usage: "COMMAND", most: Infinity },
  options: [],
  examples: [{ line: "export kubernetes demo kubernetes", says: "manifests for kubectl apply" }],
  commands: [
    EXPORT_COMPOSE,
    {
      name: "kubernetes",
      summary: "manifests for kubectl apply",
      body:
        "Writes a file for each object: a Deployment (a StatefulSet where an index is embedded), " +
        "Services, the flow, a disruption budget, an autoscaler, a network policy and a monitor " +
        "(docs/kubernetes.md). Private keys and passwords are not written, unless you say so: it " +
        "prints the commands that make them Secrets.",
      words: flowWords("DIR", "the folder to write, made if need be; or - for standard output"),
      options: [
        NAMESPACE,
        { name: "k8s-namespace", value: "NS", doc: "the same, as Jina calls it" },
        ...DEPLOYMENT_OPTIONS,
        ...CLUSTER_OPTIONS,
        {
          name: "with-secrets",
          doc: "write keys, certificates and secret variables too, for yourself to read alone",
        },
        OVERWRITE,
      ],
      examples: [
        { line: "export kubernetes demo manifests", says: "manifests of the demo model" },
        {
          line: "export kubernetes torch manifests-torch --replicas 2-8 --namespace clip",
          says: "two to eight servers",
        },
      ],
      exitCodes: EXIT_CODES,
    },
    {
      name: "helm",
      summary: "values for the Helm chart in deploy/helm",
      body: "Writes the values with which the chart makes what `export kubernetes` writes.",
      words: flowWords("FILE", "the file to write, or - for standard output"),
      options: [...DEPLOYMENT_OPTIONS, ...CLUSTER_OPTIONS, OVERWRITE],
      examples: [{ line: "export helm demo values.yaml", says: "values of the demo model" }],
      exitCodes: EXIT_CODES,
    },
    EXPORT_JOB,
  ],
};
