/** A job for Kubernetes. */
import { join } from "node:path";
import { jobObjects } from "../../../deployment/jobs/kubernetes/job_objects.ts";
import type { KubernetesJobPlan } from "../../../deployment/jobs/kubernetes/kubernetes_plan.ts";
import { secretCommands } from "../../../deployment/kubernetes/next_steps.ts";
import type { Place } from "../../../deployment/kubernetes/object.ts";
import { isSecretVariable } from "../../../deployment/plan/variables.ts";
import type { PlannedVariable } from "../../../deployment/plan.ts";
import { shellWord } from "../../../deployment/shell_word.ts";
import { VERSION } from "../../../version.ts";
import { EXIT_OK } from "../../exit_code.ts";
import type { Console } from "../../model/console.ts";
import { nameOption, OBJECT_NAME } from "../checked_names.ts";
import { placeOf, planOptions } from "../options.ts";
import { writeFiles } from "../written_files.ts";
import { yamlText } from "../yaml_text.ts";
import { FLOW_FILE, FLOW_FOLDER } from "../../../deployment/plan/container_paths.ts";
import { checkPaths, dataClaims } from "./claims.ts";
import type { GivenJob } from "./given_job.ts";
import { containerModel } from "./job_model.ts";
import { DEFAULT_NAME, jobPlan } from "./job_plan.ts";

/** Writes its manifests; the exit code. @throws {ClipError} "config" with the reason. */
export async function exportKubernetesJob(job: GivenJob, console: Console): Promise<number> {
  const { given, to } = job;
  const place = placeOf(given);
  const plan = await kubernetesPlan(job, console);
  const objects = jobObjects(plan, place);
  const files = (["encode", "merge"] as const).map((part) => ({
    file: `${part}.yaml`,
    text: objects[part].map(yamlText).join("---\n"),
    secret: objects[part].some(({ kind }) => kind === "Secret"),
  }));
  writeFiles(to, files, { name: plan.name, flow: "job" }, {
    overwrite: given.on("overwrite"),
    elsewhere: [],
  });
  for (const note of plan.notes) console.err(`Note: ${note}`);
  for (const { file, secret } of files) {
    console.out(`${join(to, file)}${secret ? " (secret: keep it out of version control)" : ""}`);
  }
  console.out("\nNext:");
  for (const line of nextCommands(plan, place, to)) console.out(`  ${line}`);
  return EXIT_OK;
}

async function kubernetesPlan(
  { given, inputs, out }: GivenJob,
  console: Console,
): Promise<KubernetesJobPlan> {
  const { replicas: _, ...options } = planOptions(given, console.env, "container");
  const claims = dataClaims(given);
  checkPaths(given, { inputs, out }, claims);
  const flow = given.text("flow");
  const changed = flow === undefined ? {} : { flow: `${FLOW_FOLDER}/${FLOW_FILE}` };
  const plan = jobPlan(given, { inputs, out, changed }, options.name ?? DEFAULT_NAME, options);
  const name = nameOption(given, "service-account", OBJECT_NAME);
  const model = await containerModel(
    given,
    { ...options, name: plan.name, serviceAccount: { name } },
    plan.resources,
  );
  return {
    ...plan,
    ...model,
    variables: allVariables(model.variables, options.variables ?? []),
    notes: [...plan.notes, ...model.notes],
    image: options.image ?? `clipline:${VERSION}`,
    variableSecrets: options.variableSecrets ?? [],
    claims,
    serviceAccount: name ?? null,
  };
}

/** Those of the flow have those of the options in them already. */
function allVariables(
  ofFlow: readonly PlannedVariable[],
  given: readonly { name: string; value: string }[],
): PlannedVariable[] {
  const all = new Map(ofFlow.map((variable) => [variable.name, variable]));
  for (const { name, value } of given) {
    if (all.has(name)) continue;
    all.set(name, { name, value, secret: isSecretVariable(name, value) });
  }
  return [...all.values()];
}

/** What is to be done with the manifests. */
function nextCommands(plan: KubernetesJobPlan, { namespace }: Place, to: string): string[] {
  const kubectl = `kubectl${namespace === undefined ? "" : ` -n ${namespace}`}`;
  const secrets = secretCommands(plan, kubectl);
  return [
    ...(secrets.length === 0 ? [] : ["# what is secret is not written", ...secrets]),
    `kubectl apply -f ${shellWord(join(to, "encode.yaml"))}`,
    `${kubectl} wait --for=condition=Complete job/${plan.name} --timeout=-1s`,
    `kubectl apply -f ${shellWord(join(to, "merge.yaml"))}`,
  ];
}
