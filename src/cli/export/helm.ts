/** `export helm`. */
import { helmValues } from "../../deployment/helm/values.ts";
import { shellWord } from "../../deployment/shell_word.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { clusterOptions } from "./cluster_options.ts";
import { tellNotes } from "./notes.ts";
import { planOptions, pullSecretsOf } from "./options.ts";
import { planFlow } from "./plan_flow.ts";
import { checkPlace, STANDARD_OUTPUT } from "./place.ts";
import { writeFile } from "./written_files.ts";
import { yamlText } from "./yaml_text.ts";

/** Runs it; the exit code. @throws {ClipError} "config" with the reason. */
export async function exportHelm(given: Given, console: Console): Promise<number> {
  const [flow, file] = given.words;
  checkPlace(given, file!);
  const planned = await planFlow(flow!, {
    ...planOptions(given, console.env),
    ...clusterOptions(given),
  });
  const { plan, name } = planned;
  const text = yamlText(helmValues(plan, { pullSecrets: pullSecretsOf(given) }));
  tellNotes(planned, console);
  if (file === STANDARD_OUTPUT) {
    console.out(text.trimEnd());
    return EXIT_OK;
  }
  const origin = { name: plan.name, flow: name };
  writeFile(file!, { text, secret: plan.flow.secret }, origin, given.on("overwrite"));
  console.out(`helm upgrade --install ${plan.name} deploy/helm/clipline -f ${shellWord(file!)}`);
  return EXIT_OK;
}
