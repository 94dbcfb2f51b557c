/** Where an indexer keeps its documents, as its keys say. */
import { join } from "node:path";
import type { IndexStore } from "./config.ts";
import type { INDEXER_KEYS } from "./indexer_keys.ts";
import { isEmpty } from "./node.ts";
import type { Report } from "./problem.ts";
import type { ReadSection } from "./read_section.ts";

/** Connections of a pool if the flow does not say. */
const POOL_SIZE = 10;
const MAX_TABLE_LENGTH = 48;

/**
 * The store of an indexer.
 * @param workspace an absolute path
 */
export function readStore(
  name: string,
  workspace: string,
  { values, nodes, wrong }: ReadSection<typeof INDEXER_KEYS>,
  report: Report,
): IndexStore {
  const given = (key: string) => {
    const node = nodes.get(key);
    return node === undefined || isEmpty(node) ? undefined : node;
  };
  const url = given("url");
  if (url === undefined) {
    for (const key of ["table", "pool_size"]) {
      const node = given(key);
      if (node === undefined) continue;
      const message = "means nothing without a database; expected 'url' beside it";
      report.problem(node.at, node.path, message);
    }
    return { kind: "embedded", folder: values.dataPath ?? join(workspace, folderName(name)) };
  }
  const dataPath = given("data_path");
  if (dataPath !== undefined) {
    const message = "is a folder, and 'url' a database: documents are kept in one of them; " +
      "expected 'data_path' or 'url'";
    report.problem(dataPath.at, dataPath.path, message);
  }
  if (values.url !== null && !wrong.has("url") && !URL.canParse(values.url)) {
    // What is wrong with it may be the password: it is not shown.
    const message = "the value is no URL (a '@', '/', '#' or '%' in a password is written %40, " +
      "%2F, %23, %25); expected a URL like postgresql://user:password@host:5432/database";
    report.problem(url.at, url.path, message);
  }
  return {
    kind: "postgres",
    url: values.url ?? "",
    table: values.table ?? tableName(name),
    poolSize: values.poolSize ?? POOL_SIZE,
  };
}

/** What two stores that are the same place have in common; undefined while that is not known. */
export function placeOfStore(store: IndexStore): string | undefined {
  if (store.kind === "embedded") return `the folder '${store.folder}'`;
  if (!URL.canParse(store.url)) return undefined;
  const { host, pathname, search } = new URL(store.url);
  return `the table '${store.table}' of the database ${host}${pathname}${
    search === "" ? "" : " (as its URL says)"
  }`;
}

/** A name that is one folder, in the workspace and nowhere else. */
function folderName(name: string): string {
  return name.replaceAll("/", "_").replace(/^\.+/, (dots) => "_".repeat(dots.length));
}

function tableName(name: string): string {
  return `clipline_${name.toLowerCase().replace(/\W/g, "_")}`.slice(0, MAX_TABLE_LENGTH);
}
