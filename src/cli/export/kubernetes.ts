/** `export kubernetes`. */
import { join } from "node:path";
import { nextSteps } from "../../deployment/kubernetes/next_steps.ts";
import { manifests, OPERATOR_FOLDER } from "../../deployment/kubernetes/manifests.ts";
import { type ReadSecretFile, secrets } from "../../deployment/kubernetes/secrets.ts";
import { ClipError } from "../../errors.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { clusterOptions } from "./cluster_options.ts";
import { placeOf, planOptions } from "./options.ts";
import { planFlow } from "./plan_flow.ts";
import { tellNotes } from "./notes.ts";
import { checkPlace, STANDARD_OUTPUT } from "./place.ts";
import { writeFiles } from "./written_files.ts";
import { yamlText } from "./yaml_text.ts";

/** Runs it; the exit code. @throws {ClipError} "config" with the reason. */
export async function exportKubernetes(given: Given, console: Console): Promise<number> {
  const [flow, folder] = given.words;
  checkPlace(given, folder!);
  const place = placeOf(given);
  const planned = await planFlow(flow!, {
    ...planOptions(given, console.env),
    ...clusterOptions(given),
  });
  const { plan, name } = planned;
  const withSecrets = given.on("with-secrets");
  const beside = withSecrets ? secrets(plan, place, readSecretFile) : [];
  const files = [
    ...manifests(plan, place).map(({ file, object, secret }) => ({
      file,
      text: yamlText(object),
      secret,
    })),
    ...(beside.length === 0
      ? []
      : [{ file: "secrets.yaml", text: beside.map(yamlText).join("---\n"), secret: true }]),
  ];
  if (folder === STANDARD_OUTPUT) {
    tellNotes(planned, console);
    // One that a cluster may not know would stop `kubectl apply`.
    const known = files.filter(({ file }) => !file.startsWith(`${OPERATOR_FOLDER}/`));
    console.out(known.map(({ text }) => text).join("---\n").trimEnd());
    return EXIT_OK;
  }
  const stale = writeFiles(folder!, files, { name: plan.name, flow: name }, {
    overwrite: given.on("overwrite"),
    elsewhere: [OPERATOR_FOLDER],
  });
  tellNotes(planned, console);
  for (const file of stale) {
    console.err(`Removed ${join(folder!, file)}: it is not needed any more`);
  }
  for (const { file, secret } of files) {
    console.out(
      `${join(folder!, file)}${secret ? " (secret: keep it out of version control)" : ""}`,
    );
  }
  console.out("");
  for (const line of nextSteps(plan, place, { folder: folder!, withSecrets })) console.out(line);
  return EXIT_OK;
}

const readSecretFile: ReadSecretFile = (source) => {
  try {
    return Deno.readFileSync(source);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ClipError("config", `'${source}' cannot be read for its Secret: ${reason}`, {
      cause: thrown,
    });
  }
};
