/** What is wrong with `api_keys` that is about several entries, or about files. */
import {
  type ApiKeyConfig,
  type ApiKeyFile,
  LEAST_KEY_CHARACTERS,
  SHORT_KEY,
  unnamedKey,
} from "./api_keys.ts";
import type { GATEWAY_KEYS } from "./gateway_keys.ts";
import { listItems } from "./key.ts";
import { isEmpty } from "./node.ts";
import { checkPath } from "./paths.ts";
import type { ReadContext, ReadSection } from "./read_section.ts";

/** Checks the entries, and finds the files. @returns the entries with absolute paths. */
export function checkApiKeys(
  section: ReadSection<typeof GATEWAY_KEYS>,
  { report, paths }: ReadContext,
): (ApiKeyConfig | ApiKeyFile)[] | null {
  const node = section.nodes.get("api_keys");
  const entries = section.values.apiKeys;
  if (node === undefined) return null;
  if (isEmpty(node)) {
    // To take it for "no keys" would open the server to everybody.
    report.problem(
      node.at,
      node.path,
      "nothing stands here; expected keys, or leave 'api_keys' out to let everybody in",
    );
  }
  const nodes = listItems(node);
  const keys = new Set<string>();
  const names = new Set<string>();
  return entries && entries.map((entry, index) => {
    const { at, path } = nodes[index] ?? node;
    if ("file" in entry) {
      const checked = checkPath(entry.file, "file", paths);
      if (!checked.ok) report.problem(at, path, checked.message);
      return checked.ok ? { file: checked.path } : entry;
    }
    const { key, name = unnamedKey(index), rate, burst } = entry;
    if (checkPath(key, "file", { ...paths, elsewhere: false }).ok) {
      // Whoever knows where the keys are would know one.
      report.problem(at, path, "is the path of a file; expected {file: PATH} for the keys in it");
    } else if (keys.has(key)) {
      report.problem(at, path, "is the same key as one before it; expected each key once");
    } else if (names.has(name)) {
      report.problem(at, path, `'${name}' is the name of another key; expected a new one`);
    }
    if (burst !== undefined && rate === undefined) {
      report.problem(at, path, "'burst' means nothing by itself; expected 'rate' beside it");
    }
    if (key.length < LEAST_KEY_CHARACTERS) report.warn(at, path, SHORT_KEY, "short api key");
    keys.add(key);
    names.add(name);
    return entry;
  });
}
