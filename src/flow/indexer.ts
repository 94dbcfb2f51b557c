/** An entry of `executors:` that keeps documents -> {@linkcode IndexerConfig}. */
import type { IndexerConfig, IndexSettings, IndexStore } from "./config.ts";
import type { ExecutorContext } from "./executor.ts";
import { readStore } from "./index_store.ts";
import type { INDEXER_KEYS } from "./indexer_keys.ts";
import { listItems } from "./key.ts";
import { describeNode, type FlowNode, isEmpty, type MapNode } from "./node.ts";
import { checkPath } from "./paths.ts";
import { placeOf, type Places, placesOf } from "./places.ts";
import { overlay, type ReadSection, readSection } from "./read_section.ts";
import { nameOfUses } from "./runtime_choice.ts";
import { INDEXER, INDEXER_ENTRY, INDEXER_METAS, INDEXER_USES, MATCH } from "./section.ts";
import type { Report } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** What reading an indexer needs. */
export interface IndexerContext extends Pick<ExecutorContext, "report" | "paths" | "monitoring"> {
  /** The file, as messages name it. */
  file: string;
  /** `workspace` of the flow. */
  workspace: string | null;
  /** What is taken if nothing in the flow says it; a path as it is written. */
  defaultWorkspace: string;
}

/** An indexer whose encoder is not known yet. */
export interface ReadIndexer {
  config: Omit<IndexerConfig, "encoder">;
  /** `needs`, if it is there. */
  needs: FlowNode | undefined;
}

/** Hits of a query, as annlite has it. */
const LIMIT = 10;

/** Reads one indexer; `undefined` if nothing of it makes sense, which has then been reported. */
export function readIndexer(
  node: FlowNode,
  index: number,
  context: IndexerContext,
): ReadIndexer | undefined {
  const { report } = context;
  const { values, nodes } = readSection(node, INDEXER_ENTRY, node.at, context);
  if (node.kind !== "map") return undefined;
  const usesNode = nodes.get("uses");
  const map = usesNode?.kind === "map" ? usesNode : undefined;
  if (usesNode?.kind === "scalar") checkUses(usesNode.text, usesNode, report);
  const uses = readSection(map, INDEXER_USES, node.at, context);
  const metasNode = overlay(uses.nodes.get("metas"), nodes.get("uses_metas"));
  const metas = readSection(metasNode, INDEXER_METAS, uses.at, context);
  const withNode = overlay(uses.nodes.get("with"), nodes.get("uses_with"));
  const section = readSection(withNode, INDEXER, uses.at, context);
  for (const modules of [nodes, uses.nodes, metas.nodes]) {
    checkModules(modules.get("py_modules"), report);
  }
  warnOfMany(nodes, values, report);
  const name = values.name ?? metas.values.name ?? `executor${index}`;
  const workspace = values.workspace ?? uses.values.workspace ?? metas.values.workspace ??
    context.workspace ?? workspaceUnsaid(node, context);
  const store = readStore(name, workspace, section, report);
  return {
    config: {
      name,
      monitoring: isGiven(nodes, "monitoring") ? values.monitoring : context.monitoring,
      portMonitoring: values.portMonitoring,
      timeoutReadyMs: values.timeoutReady === -1 ? null : values.timeoutReady,
      tracing: values.tracing,
      tracesExporterHost: values.tracesExporterHost,
      tracesExporterPort: values.tracesExporterPort,
      index: readSettings(section, store, context),
      store,
      places: { ...placesOf(context.file, [metasNode, node]), ...keyPlaces(section, context.file) },
    },
    needs: nodes.get("needs"),
  };
}

/**
 * Where the keys of `with` stand, under their own names whatever spelling is used. A `data_path` stands
 * in the place of a workspace.
 */
function keyPlaces({ nodes }: ReadSection<typeof INDEXER_KEYS>, file: string): Places {
  const dataPath = nodes.get("data_path");
  return {
    ...Object.fromEntries([...nodes].map(([key, node]) => [key, placeOf(file, node)])),
    ...(dataPath === undefined ? {} : { workspace: placeOf(file, dataPath) }),
  };
}

function readSettings(
  section: ReadSection<typeof INDEXER_KEYS>,
  store: IndexStore,
  context: IndexerContext,
): IndexSettings {
  const { values, nodes } = section;
  const match = readSection(nodes.get("match_args"), MATCH, section.at, context);
  const withMetadata = !isGiven(nodes, "include_metadata") &&
      isGiven(match.nodes, "include_metadata")
    ? match.values.includeMetadata
    : values.includeMetadata;
  return {
    dimensions: values.nDim,
    metric: values.metric,
    limit: values.limit ?? match.values.limit ?? LIMIT,
    includeMetadata: withMetadata,
    columns: values.columns,
    indexAccessPaths: values.indexAccessPaths.replace(/^(?!@)/, "@"),
    searchAccessPaths: values.searchAccessPaths.replace(/^(?!@)/, "@"),
    ...readGraph(section, store, context.report),
    maxQueue: values.maxQueue,
  };
}

/** What pgvector takes of each (0.8.5, src/hnsw.h); beyond it the nearest that it does take. */
const PGVECTOR_BOUNDS = {
  max_connection: [2, 100],
  ef_construction: [4, 1000],
  ef_search: [1, 1000],
} as const;

function readGraph(
  { values, nodes }: ReadSection<typeof INDEXER_KEYS>,
  store: IndexStore,
  report: Report,
): Pick<IndexSettings, "efConstruction" | "efSearch" | "maxConnection"> {
  const { efConstruction, efSearch, maxConnection } = values;
  if (store.kind === "embedded") return { efConstruction, efSearch, maxConnection };
  const bounded = (key: keyof typeof PGVECTOR_BOUNDS, value: number, least = 0) => {
    const [min, max] = PGVECTOR_BOUNDS[key];
    const taken = Math.min(max, Math.max(min, least, value));
    const node = nodes.get(key);
    if (taken !== value && node !== undefined) {
      report.warn(node.at, node.path, `pgvector does not take ${value}; ${taken} is taken`);
    }
    return taken;
  };
  const m = bounded("max_connection", maxConnection);
  return {
    maxConnection: m,
    // pgvector wants twice as many candidates as neighbours.
    efConstruction: bounded("ef_construction", efConstruction, 2 * m),
    efSearch: bounded("ef_search", efSearch),
  };
}

function isGiven(nodes: ReadonlyMap<string, FlowNode>, key: string): boolean {
  const node = nodes.get(key);
  return node !== undefined && !isEmpty(node);
}

/** An index is one: what would be several of it is told once, and not done. */
function warnOfMany(
  nodes: ReadonlyMap<string, FlowNode>,
  { shards, replicas }: { shards: number | null; replicas: number | null },
  report: Report,
): void {
  for (const [key, count] of Object.entries({ shards, replicas })) {
    const node = nodes.get(key);
    if (node === undefined || count === null || count < 2) continue;
    report.warn(node.at, node.path, `an index is one here, not ${count}; it is passed over`);
  }
}

function workspaceUnsaid(
  { at, path }: MapNode,
  { paths, report, defaultWorkspace }: IndexerContext,
): string {
  const checked = checkPath(defaultWorkspace, "new directory", paths);
  if (checked.ok) return checked.path;
  report.problem(at, `${path}.workspace`, checked.message);
  return defaultWorkspace;
}

function checkUses(text: string, node: FlowNode, report: Report): void {
  const name = nameOfUses(text);
  if (name.toLowerCase() === "annliteindexer") return;
  const message = `${describeNode(node)} is no indexer; expected 'jtype: AnnLiteIndexer' under ` +
    `'uses', with its 'with' and 'metas'${didYouMean(name, ["AnnLiteIndexer"])}`;
  report.problem(node.at, node.path, message);
}

function checkModules(modules: FlowNode | undefined, report: Report): void {
  if (modules === undefined || isEmpty(modules)) return;
  for (const item of listItems(modules)) {
    if (item.kind !== "scalar" || isEmpty(item) || /annlite/i.test(item.text)) continue;
    report.warn(item.at, item.path, `${describeNode(item)} is a Python module; it is passed over`);
  }
}
