/** `export docker-compose`. */
import { basename, dirname, join, resolve } from "node:path";
import { balancerConfig } from "../../deployment/compose/balancer_config.ts";
import { BALANCER } from "../../deployment/compose/balancer.ts";
import { composeFile, PREPARE } from "../../deployment/compose/compose_file.ts";
import type { DeploymentPlan } from "../../deployment/plan.ts";
import { shellWord } from "../../deployment/shell_word.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { tellNotes } from "./notes.ts";
import { planOptions } from "./options.ts";
import { planFlow } from "./plan_flow.ts";
import { checkPlace, STANDARD_OUTPUT } from "./place.ts";
import { writeFile } from "./written_files.ts";
import { yamlText } from "./yaml_text.ts";

/** Names of networks as Docker takes them. */
const NETWORK = /^[a-zA-Z0-9][\w.-]{0,62}$/;
const VOLUME = /^[a-zA-Z0-9][\w.-]*$/;

/** Runs it; the exit code. @throws {ClipError} "config" with the reason. */
export async function exportCompose(given: Given, console: Console): Promise<number> {
  const [flow, file] = given.words as [string, string];
  if (file === STANDARD_OUTPUT) {
    throw given.fault("A Compose file has others beside it: expected the path of a file, not '-'");
  }
  checkPlace(given, file);
  checkName(given);
  const network = networkOf(given);
  const planned = await planFlow(flow, {
    ...planOptions(given, console.env),
    modelsClaim: modelsOf(given),
    modelsOption: "--models DIR",
  });
  const { plan, name } = planned;
  const stem = basename(file).replace(/\.ya?ml$/i, "");
  const flowFile = `${stem}.flow.yml`;
  const balancerFile = `${stem}.haproxy.cfg`;
  const compose = composeFile(plan, {
    flowFile: `./${flowFile}`,
    balancerFile: `./${balancerFile}`,
    network,
  });
  const folder = dirname(file);
  const files = [
    { file: basename(file), text: yamlText(compose), secret: false },
    { file: flowFile, text: plan.flow.text, secret: plan.flow.secret },
    ...(plan.replicas.least > 1
      ? [{ file: balancerFile, text: balancerConfig(plan), secret: false }]
      : []),
  ];
  for (const { file, ...written } of files) {
    writeFile(join(folder, file), written, { name: plan.name, flow: name }, given.on("overwrite"));
  }
  tellNotes(planned, console);
  for (const { file } of files) console.out(join(folder, file));
  console.out("");
  for (const line of nextSteps(plan, file, join(folder, flowFile))) console.out(line);
  return EXIT_OK;
}

/** Names of the other services. */
function checkName(given: Given): void {
  const name = given.text("name");
  if (name === undefined || ![PREPARE, BALANCER].includes(name)) return;
  throw given.fault(`--name ${name}: another service of the file is called so`);
}

/** What is to be typed then. */
function nextSteps(plan: DeploymentPlan, file: string, flowFile: string): string[] {
  const secret = plan.variables.filter((variable) => variable.secret).map(({ name }) => name);
  const files = [
    ...(plan.flow.secret ? [flowFile] : []),
    ...plan.files.map(({ source }) => source),
  ];
  return [
    ...(files.length === 0 ? [] : [
      "# The server, whose user is 1993, has to be able to read its secrets, and nobody else:",
      `sudo chown 1993 ${files.map(shellWord).join(" ")}`,
    ]),
    ...(secret.length === 0
      ? []
      : [`# In the environment, or in .env beside the file: ${secret.join(", ")}`]),
    `docker compose -f ${shellWord(file)} up -d`,
  ];
}

function networkOf(given: Given): string | undefined {
  const [own, jinas] = [given.text("network-name"), given.text("network_name")];
  if (own !== undefined && jinas !== undefined && own !== jinas) {
    throw given.fault(`--network-name is '${own}' and --network_name '${jinas}'`);
  }
  const name = own ?? jinas;
  if (name === undefined || NETWORK.test(name)) return name;
  throw given.fault(
    `--network-name takes a name of letters, digits, '_', '.' and '-': received "${
      name.slice(0, 100)
    }"`,
  );
}

/** A folder of this machine, or a volume that is there. */
function modelsOf(given: Given): string | undefined {
  const text = given.text("models");
  if (text === undefined || VOLUME.test(text) && !isFolder(text)) return text;
  if (isFolder(text)) return resolve(text);
  throw given.fault(
    `--models takes a folder, or the name of a volume: there is no folder "${text.slice(0, 200)}"`,
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
