/** Folders that a flow names: models, indexes, files that clients may name. */
import { basename, isAbsolute, relative } from "node:path";
import { ENCODER_KEYS } from "../../flow/executor_keys.ts";
import { INDEXER_KEYS } from "../../flow/indexer_keys.ts";
import { LIMIT_KEYS } from "../../flow/limit_keys.ts";
import type { FlowNode, MapNode } from "../../flow/node.ts";
import { listItems } from "../../flow/key.ts";
import { isObjectAddress } from "../../storage/object_address.ts";
import { MODELS_FOLDER, PROGRAM_FOLDER, WORKSPACE_FOLDER } from "./container_paths.ts";
import type { Draft } from "./draft.ts";
import type { PlanOptions } from "./options.ts";
import { findKey } from "./flow_text.ts";

/** Where each folder of the flow is in the container; what can be nowhere goes to the report. */
export function settleFolders(draft: Draft): void {
  settleModels(draft);
  settleWorkspaces(draft);
  settleLocalFiles(draft);
  checkDatabaseFiles(draft);
}

/** Whether a model's files come from the claim of the options. */
export function isMounted(modelPath: string): boolean {
  return isWithin(modelPath, MODELS_FOLDER);
}

function settleModels({ flow, text, options }: Draft): void {
  const sources = new Map<string, string>();
  for (const [index, entry] of text.entries("encoder").entries()) {
    const path = flow.executors[index]?.encoder.modelPath ?? null;
    const node = findKey(text.settings(entry), "model_path", ENCODER_KEYS.model_path.aliases);
    if (path === null || node === undefined) continue;
    if (isObjectAddress(path) || (node.kind === "scalar" && isObjectAddress(node.text))) continue;
    // Of what the flow says itself: a path that was looked up has no scheme any more.
    const scheme = node.kind === "scalar" ? /^[a-z][\w+.-]*:\/\//i.exec(node.text)?.[0] : undefined;
    if (scheme !== undefined) {
      text.report.problem(
        node.at,
        node.path,
        `models are not fetched from '${scheme}'; expected s3:// (of any store that speaks S3), a ` +
          "model's name, or a file",
      );
      continue;
    }
    if (isWithin(path, options.programFolder)) {
      text.replace(node, `${PROGRAM_FOLDER}/${relative(options.programFolder, path)}`);
      continue;
    }
    if (options.modelsClaim === undefined) {
      text.report.problem(
        node.at,
        node.path,
        `'${path}' is on this machine, and no container has it; expected a model's name, an ` +
          "s3:// address, or '" + modelsOption(options) + "' that holds it",
      );
      continue;
    }
    const there = isMounted(path) ? path : `${MODELS_FOLDER}/${basename(path)}`;
    const other = sources.get(there);
    if (other !== undefined && other !== path) {
      text.report.problem(
        node.at,
        node.path,
        `'${path}' and '${other}' would both be ${there} on the volume; expected other names`,
      );
    }
    sources.set(there, path);
    text.replace(node, there);
  }
}

function settleWorkspaces({ flow, text }: Draft): void {
  const found: FlowNode[] = [];
  const take = (node: FlowNode | undefined) => {
    if (node !== undefined && !found.some(({ at }) => samePlace(at, node.at))) found.push(node);
  };
  for (const [index, entry] of text.entries("indexer").entries()) {
    const indexer = flow.indexers[index];
    if (indexer?.store.kind !== "embedded") continue;
    const dataPath = findKey(text.settings(entry), "data_path");
    const own = findKey(text.surroundings(entry), "workspace");
    take(dataPath ?? own ?? findKey([text.root], "workspace"));
  }
  const names = new Set<string>();
  for (const node of found) {
    const only = found.length === 1 && !node.path.endsWith("data_path");
    text.replace(node, only ? WORKSPACE_FOLDER : `${WORKSPACE_FOLDER}/${unusedName(node, names)}`);
  }
}

/** A folder's own name, and a number if there are several of it. */
function unusedName(node: FlowNode, names: Set<string>): string {
  const stem = basename(node.kind === "scalar" ? node.text : "").replace(/[^\w.-]/g, "_")
    .replace(/^\.*$/, "index");
  let name = stem;
  for (let number = 2; names.has(name); number++) name = `${stem}-${number}`;
  names.add(name);
  return name;
}

function settleLocalFiles({ flow, text, options }: Draft): void {
  const node = findKey(text.gateway, "allow_local_files", LIMIT_KEYS.allow_local_files.aliases);
  if (node === undefined) return;
  for (const [index, item] of listItems(node).entries()) {
    const path = flow.gateway.allowLocalFiles[index];
    if (path === undefined || (options.modelsClaim !== undefined && isMounted(path))) continue;
    text.report.problem(
      item.at,
      item.path,
      `'${path}' is a folder of this machine, and no container has it; expected no ` +
        "'allow_local_files', or a folder in " +
        `${MODELS_FOLDER} with '${modelsOption(options)}'`,
    );
  }
}

/** Parameters of a PostgreSQL URL that name files (libpq, "SSL Support"). */
const FILE_PARAMETERS = ["sslrootcert", "sslcert", "sslkey"];

function checkDatabaseFiles({ flow, text, options }: Draft): void {
  for (const [index, entry] of text.entries("indexer").entries()) {
    const store = flow.indexers[index]?.store;
    const node = findKey(text.settings(entry), "url", INDEXER_KEYS.url.aliases);
    if (store?.kind !== "postgres" || node === undefined) continue;
    const parameters = URL.parse(store.url)?.searchParams;
    for (const name of FILE_PARAMETERS) {
      const path = parameters?.get(name);
      if (!path?.includes("/") || (options.modelsClaim !== undefined && isMounted(path))) continue;
      text.report.problem(
        node.at,
        node.path,
        `its '${name}' '${path}' is on this machine, and no container has it; expected a file in ` +
          `${MODELS_FOLDER} with '${modelsOption(options)}'`,
      );
    }
  }
}

/** How models of one's own are said in the command that plans. */
function modelsOption({ modelsOption = "--models-claim CLAIM" }: PlanOptions): string {
  return modelsOption;
}

function samePlace(one: MapNode["at"], other: MapNode["at"]): boolean {
  return one.line === other.line && one.column === other.column;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}
