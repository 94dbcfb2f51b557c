/** An entry of `executors:` -> {@linkcode ExecutorConfig}. */
import { labelOfPath } from "./model_label.ts";
import type { ExecutorConfig } from "./config.ts";
import { type RuntimeName, RUNTIMES } from "./executor_keys.ts";
import { listItems } from "./key.ts";
import { describeNode, type FlowNode, isEmpty, type MapNode } from "./node.ts";
import { overlay, type ReadContext, readSection } from "./read_section.ts";
import { moduleName, runtimeOfModule, runtimeOfUses } from "./runtime_choice.ts";
import { ENCODER, EXECUTOR, METAS, USES } from "./section.ts";
import type { Report } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** Says whether a model's name is known; the catalog of models lives on a higher floor. */
export type KnownModel = (name: string) => { ok: true } | { ok: false; message: string };

/** What reading an executor needs. */
export interface ExecutorContext extends ReadContext {
  knownModel: KnownModel;
  /** `monitoring` of the gateway, which its executors take over. */
  monitoring: boolean;
}

/** Reads one executor; `undefined` if it is no encoder at all, which has then been reported. */
export function readExecutor(
  node: FlowNode,
  index: number,
  context: ExecutorContext,
): ExecutorConfig | undefined {
  const { report } = context;
  const { values, nodes } = readSection(node, EXECUTOR, node.at, context);
  if (node.kind !== "map") return undefined;
  const usesNode = readUses(node, nodes.get("uses"), report);
  if (usesNode === undefined) return undefined;
  const uses = readSection(usesNode.map, USES, usesNode.map?.at ?? node.at, context);
  if (isOtherExecutor(uses.nodes.get("jtype"))) return undefined;

  const metasNode = overlay(uses.nodes.get("metas"), nodes.get("uses_metas"));
  const metas = readSection(metasNode, METAS, uses.at, context);
  const withNode = overlay(uses.nodes.get("with"), nodes.get("uses_with"));
  const encoder = readSection(withNode, ENCODER, uses.at, context);

  const { replicas: inWith, ...settings } = encoder.values;
  const replicas = firstGiven("replicas", [
    { value: values.replicas, node: nodes.get("replicas") },
    { value: uses.values.replicas, node: uses.nodes.get("replicas") },
    { value: inWith, node: encoder.nodes.get("replicas") },
  ], report);
  const nameNode = encoder.nodes.get("name");
  const named = nameNode !== undefined && !isEmpty(nameNode);
  // By what is written: a `model_path` that is not there has its own problem.
  if (!encoder.nodes.has("model_path")) {
    const known = context.knownModel(settings.name);
    if (!known.ok) {
      const at = nameNode?.at ?? uses.at;
      report.problem(at, nameNode?.path ?? `${encoder.path}.name`, known.message);
    }
  }
  const modules = metas.nodes.get("py_modules") ?? uses.nodes.get("py_modules") ??
    nodes.get("py_modules");
  const { timeoutReady, pyModules: _, name, ...rest } = values;
  const monitoring = nodes.get("monitoring");
  return {
    ...rest,
    monitoring: monitoring === undefined || isEmpty(monitoring)
      ? context.monitoring
      : values.monitoring,
    name: name ?? metas.values.name ?? `executor${index}`,
    replicas: replicas ?? 1,
    timeoutReadyMs: timeoutReady === -1 ? null : timeoutReady,
    runtime: readRuntime(modules, report) ?? usesNode.runtime ?? "torch",
    encoder: {
      ...settings,
      name: named || settings.modelPath === null ? settings.name : labelOfPath(settings.modelPath),
      accessPaths: settings.accessPaths.replace(/^(?!@)/, "@"),
    },
  };
}

/** Of a key that may stand in several places the first value; one that differs from it is told. */
function firstGiven<T>(
  name: string,
  places: readonly { value: T | null; node: FlowNode | undefined }[],
  report: Report,
): T | undefined {
  const [first, ...others] = places.filter(({ value }) => value !== null);
  for (const { value, node } of others) {
    if (value === first!.value || node === undefined) continue;
    const taken = `${first!.node?.path ?? name} is ${first!.value}`;
    report.warn(node.at, node.path, `${value} is passed over, as ${taken}`);
  }
  return first?.value ?? undefined;
}

/** `uses:` as a mapping, or as the text that stands for one. */
function readUses(
  executor: MapNode,
  uses: FlowNode | undefined,
  report: Report,
): { map: MapNode | undefined; runtime?: RuntimeName } | undefined {
  const wanted = "expected 'jtype: CLIPEncoder' under 'uses', with its 'with' and 'metas'";
  if (uses === undefined || isEmpty(uses)) {
    report.problem(executor.at, `${executor.path}.uses`, `is missing; ${wanted}`);
    return undefined;
  }
  if (uses.kind === "map") return { map: uses };
  const runtime = uses.kind === "scalar" ? runtimeOfUses(uses.text) : undefined;
  if (runtime !== undefined) return { map: undefined, runtime };
  report.problem(uses.at, uses.path, `${describeNode(uses)} is not a CLIP encoder; ${wanted}`);
  return undefined;
}

/** Another executor's `with` has other keys: one problem, of its kind, is enough. */
function isOtherExecutor(jtype: FlowNode | undefined): boolean {
  return jtype !== undefined && !isEmpty(jtype) &&
    !(jtype.kind === "scalar" && jtype.text.toLowerCase() === "clipencoder");
}

function readRuntime(modules: FlowNode | undefined, report: Report): RuntimeName | undefined {
  if (modules === undefined || isEmpty(modules)) return undefined;
  const items = listItems(modules).filter((item) => item.kind === "scalar" && !isEmpty(item));
  const found = items.map((item) =>
    item.kind === "scalar" ? runtimeOfModule(item.text) : undefined
  );
  const runtime = found.find((one) => one !== undefined);
  for (const [index, item] of items.entries()) {
    if (found[index] === runtime && runtime !== undefined) continue;
    const modules = RUNTIMES.map((name) => `clip_${name}`);
    if (runtime === undefined || found[index] !== undefined) {
      const wrong = found[index] === undefined
        ? "is none of this server's runtimes"
        : "names a second runtime";
      const near = item.kind === "scalar" ? didYouMean(moduleName(item.text), modules) : "";
      report.problem(
        item.at,
        item.path,
        `${describeNode(item)} ${wrong}; expected one of ${modules.join(", ")}${near}`,
      );
    } else {
      const message = `${describeNode(item)} is a Python module; it is passed over`;
      report.warn(item.at, item.path, message);
    }
  }
  return runtime;
}
