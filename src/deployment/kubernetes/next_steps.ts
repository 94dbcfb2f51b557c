/** What is to be done with the manifests, as commands. */
import type { DeploymentPlan } from "../plan.ts";
import { shellWord } from "../shell_word.ts";
import { OPERATOR_FOLDER } from "./manifests.ts";
import { objectName, type Place } from "./object.ts";

/** Those below are for the administrator alone. */
const FIRST_FREE_PORT = 1024;
const LOCAL_OFFSET = 8000;

/** Lines for a terminal. */
export function nextSteps(
  plan: DeploymentPlan,
  { namespace }: Place,
  { folder, withSecrets }: { folder: string; withSecrets: boolean },
): string[] {
  const kubectl = `kubectl${namespace === undefined ? "" : ` -n ${namespace}`}`;
  const kind = plan.workspace === null ? "deployment" : "statefulset";
  const port = plan.ports[0]!.port;
  const made = namespace === undefined
    ? []
    : ["# if it is not there", `kubectl create namespace ${namespace}`];
  const commands = withSecrets ? [] : secretCommands(plan, kubectl);
  return [
    "Next:",
    ...[
      ...made,
      ...(commands.length === 0 ? [] : ["# what is secret is not written", ...commands]),
      `kubectl apply -f ${shellWord(folder)}`,
      ...(plan.metrics.length === 0 ? [] : [
        "# with the Prometheus Operator",
        `kubectl apply -f ${shellWord(`${folder}/${OPERATOR_FOLDER}`)}`,
      ]),
      `${kubectl} rollout status ${kind}/${plan.name} --timeout=1h`,
      `${kubectl} port-forward service/${plan.name} ${forwarded(port)}`,
    ].map((line) => `  ${line}`),
    ...(plan.replicas.least < plan.replicas.most
      ? [
        "The autoscaler asks prometheus-adapter, which needs the rules of deploy/prometheus-adapter",
        "(docs/kubernetes.md); without them there are as many servers as there were.",
      ]
      : []),
  ];
}

/** A port that everybody may open on their own machine, and the server's. */
function forwarded(port: number): string {
  return port < FIRST_FREE_PORT ? `${port + LOCAL_OFFSET}:${port}` : String(port);
}

/** Commands that make the Secrets which are not written. */
export function secretCommands(
  plan: Pick<DeploymentPlan, "name" | "files" | "variables">,
  kubectl: string,
): string[] {
  const names = [...new Set(plan.files.map(({ secret }) => secret))];
  const ofFiles = names.map((name) => {
    const files = plan.files.filter(({ secret }) => secret === name);
    const source = (key: string) => shellWord(files.find((file) => file.key === key)!.source);
    const create = `${kubectl} create secret`;
    if (name === "tls") {
      return `${create} tls ${objectName(plan, name)} --cert=${source("tls.crt")} --key=${
        source("tls.key")
      }`;
    }
    const from = files.map(({ key }) => `--from-file=${key}=${source(key)}`);
    return `${create} generic ${objectName(plan, name)} ${from.join(" ")}`;
  });
  const variables = plan.variables.filter(({ secret }) => secret);
  if (variables.length === 0) return ofFiles;
  const literals = variables.map(({ name }) => `--from-literal=${name}="$${name}"`);
  return [
    ...ofFiles,
    `${kubectl} create secret generic ${objectName(plan, "env")} ${literals.join(" ")}`,
  ];
}
