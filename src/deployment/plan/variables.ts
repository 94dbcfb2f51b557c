/** Environment variables of a server, and which of them are nobody else's business. */
import { GATEWAY_KEYS } from "../../flow/gateway_keys.ts";
import { listItems } from "../../flow/key.ts";
import type { FlowNode } from "../../flow/node.ts";
import { type Environment, variablesIn } from "../../flow/substitute.ts";
import { STOP_VARIABLES } from "../../stop_times.ts";
import type { PlannedVariable } from "../plan.ts";
import { findKey, FlowText } from "./flow_text.ts";
import type { PlanOptions } from "./options.ts";

/** Names of what is secret. */
const SECRET_NAME =
  /(^|_)(KEY|APIKEY|KEYS|TOKEN|SECRET|PASSWORD|PGPASSWORD|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|AUTH|HEADERS)(_|$)/i;
/** A URL with a password in it. */
const PASSWORD_IN_URL = /:\/\/[^/@\s]*:([^@\s]+)@|[?&](?:ssl)?password=([^&\s]+)/i;
/** What a container has of its own. */
const OWN =
  /^(PATH|HOME|HOSTNAME|PWD|OLDPWD|USER|LOGNAME|SHELL|SHLVL|TERM|TMPDIR|LANG|LC_\w+|_)$|^(DENO|KUBERNETES)_/;

/** Whether a variable's value must not be seen. */
export function isSecretVariable(name: string, value: string): boolean {
  return SECRET_NAME.test(name) || PASSWORD_IN_URL.test(value);
}

/** The variables of the options, and those that the flow refers to; the notes get what is left out. */
export function settleVariables(
  edited: FlowText,
  env: Environment,
  options: PlanOptions,
  notes: string[],
): PlannedVariable[] {
  const found = new Map<string, PlannedVariable>();
  const secretNodes = new Set(secretTexts(edited).flatMap(variablesIn));
  for (const name of new Set(textsOf(edited.root).flatMap(variablesIn))) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) continue;
    if (OWN.test(name)) {
      notes.push(`The flow refers to ${name}, which has another value in a container.`);
      continue;
    }
    const secret = secretNodes.has(name) || isSecretVariable(name, value);
    found.set(name, { name, value, secret });
  }
  for (const { name, value } of options.variables ?? []) {
    // They are the plan's `shutdown`.
    if (STOP_VARIABLES.includes(name)) continue;
    const secret = secretNodes.has(name) || isSecretVariable(name, value);
    found.set(name, { name, value, secret });
  }
  return [...found.values()];
}

/** Whether something that is secret stands in the flow itself. */
export function holdsSecrets(edited: FlowText): boolean {
  if (secretTexts(edited).some((text) => variablesIn(text).length === 0)) return true;
  const urls = textsOf(edited.root).flatMap((
    text,
  ) => [...text.matchAll(new RegExp(PASSWORD_IN_URL, "gi"))]);
  if (urls.some(([, inAuthority, inQuery]) => !(inAuthority ?? inQuery ?? "$").includes("$"))) {
    return true;
  }
  const maps = [findKey(edited.gateway, "env", GATEWAY_KEYS.env.aliases)];
  for (const entry of edited.entries("encoder")) {
    if (entry.kind === "map") maps.push(entry.entries.get("env")?.node);
  }
  return maps.some((map) =>
    map?.kind === "map" &&
    [...map.entries].some(([name, { node }]) =>
      node.kind === "scalar" && SECRET_NAME.test(name) && !node.text.includes("$")
    )
  );
}

/** The texts of keys whose values are secret. */
function secretTexts(flow: FlowText): string[] {
  const keys = findKey(flow.gateway, "api_keys");
  const nodes = (keys === undefined ? [] : listItems(keys)).map((item) =>
    item.kind === "map" ? item.entries.get("key")?.node : item
  );
  nodes.push(findKey(flow.uvicorn, "ssl_keyfile_password"));
  return nodes.flatMap((node) => node?.kind === "scalar" ? [node.text] : []);
}

function textsOf(node: FlowNode): string[] {
  if (node.kind === "scalar") return typeof node.value === "string" ? [node.text] : [];
  if (node.kind === "list") return node.items.flatMap(textsOf);
  return [...node.entries.values()].flatMap((entry) => textsOf(entry.node));
}
