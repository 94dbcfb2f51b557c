/** `search`: what is nearest in a server's index. */
import type { JsonObject, JsonValue, ResultDocument } from "../../../client/mod.ts";
import { clientOptions } from "../embedding/open_embedder.ts";
import { asClipError, openClient } from "../embedding/servers.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import { columns as inColumns } from "../model/text.ts";
import type { Given } from "../words/given.ts";
import { cut, shortened } from "./bars.ts";
import { documentOf, readContents } from "./contents.ts";
import { requireIndex } from "./require_index.ts";
import { terminalStyle } from "./terminal_style.ts";
import { withLinesOfFiles } from "./words_of_files.ts";

const LIMIT = 10;
const MOST_MATCHES = 1_000_000;
/** Columns of a table's cell at most; the last one takes what is left. */
const ID_COLUMNS = 40;

/** Runs it; the exit code. @throws {ClipError} with the reason. */
export async function search(given: Given, console: Console): Promise<number> {
  const url = given.text("server");
  if (url === undefined) throw given.fault("Say where the index is: --server URL");
  const filter = readFilter(given);
  const limit = given.whole("limit", 1, MOST_MATCHES) ?? LIMIT;
  const queries = await readContents(await withLinesOfFiles(given.words), given.on("plain"));
  const client = openClient(url, await clientOptions(given, console));
  const json = given.on("json");
  const { columns } = terminalStyle(console);
  try {
    await requireIndex(client, url);
    const stream = client.searchStream(queries.map(documentOf), {
      limit,
      ...(filter === undefined ? {} : { parameters: { filter } }),
    });
    for await (const { index, document, error } of stream) {
      if (error !== undefined) throw error;
      const query = queries[index]!.word;
      const matches = document.matches ?? [];
      if (json) console.out(JSON.stringify({ query, matches: matches.map(matchJson) }));
      else printTable(query, matches, { console, columns, titled: queries.length > 1 });
    }
    return EXIT_OK;
  } catch (thrown) {
    throw asClipError(thrown, url);
  } finally {
    await client.close();
  }
}

function readFilter(given: Given): JsonObject | undefined {
  const text = given.text("filter");
  if (text === undefined) return undefined;
  let filter: JsonValue;
  try {
    filter = JSON.parse(text);
  } catch (thrown) {
    throw given.fault(`--filter is no JSON: ${(thrown as Error).message}`);
  }
  if (typeof filter === "object" && filter !== null && !Array.isArray(filter)) return filter;
  throw given.fault(`--filter takes a JSON object, as {"colour":{"$eq":"red"}}`);
}

function printTable(
  query: string,
  matches: readonly ResultDocument[],
  { console, columns, titled }: { console: Console; columns: number; titled: boolean },
): void {
  if (titled) console.out(`${shortened(query, columns)}:`);
  if (matches.length === 0) {
    console.out("nothing found");
    return;
  }
  const rows = matches.map((match, index) => [
    String(index + 1),
    scoreOf(match).toFixed(4),
    shortened(match.id, ID_COLUMNS),
    shortened(contentOf(match), columns),
  ]);
  for (const line of inColumns([["#", "SCORE", "ID", "CONTENT"], ...rows])) {
    console.out(cut(line, columns));
  }
}

/** A distance or similarity, whatever the index says first. */
function scoreOf({ scores }: ResultDocument): number {
  return Object.values(scores ?? {})[0]?.value ?? NaN;
}

/** Its text, where it is, or what is said of it. */
function contentOf({ text, uri, tags }: ResultDocument): string {
  const told = Object.entries(tags ?? {}).map(([name, value]) =>
    `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`
  );
  return [text ?? uri ?? "", ...told].filter((part) => part !== "").join("  ");
}

function matchJson({ id, text, uri, tags, scores }: ResultDocument): JsonObject {
  return {
    id,
    ...(text === undefined ? {} : { text }),
    ...(uri === undefined ? {} : { uri }),
    ...(tags === undefined ? {} : { tags }),
    scores: Object.fromEntries(
      Object.entries(scores ?? {}).map(([name, { value }]) => [name, value]),
    ),
  };
}
