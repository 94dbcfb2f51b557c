/**
 * Writes the tables of `docs/models.md` from the catalog; the rest of the page is written by hand.
 *
 *     deno run -A tools/generate_model_docs.ts
 */
import { fileURLToPath } from "node:url";
import { ACTIVATION_NAMES } from "../src/cli/model/info.ts";
import { CATALOG, type CatalogEntry, type CheckpointSource } from "../src/model/catalog/catalog.ts";
import { repositoriesOf } from "../src/model/catalog/repositories.ts";
import { checkpointFolder, filesOf } from "../src/model/store/layout.ts";

/** The page that holds the tables. */
export const MODEL_PAGE = fileURLToPath(new URL("../docs/models.md", import.meta.url));

/** The page with its generated parts made anew. @throws {Error} when a mark is missing. */
export function withGeneratedTables(page: string): string {
  const tables = { models: modelTable(), spellings: spellingTable(), files: fileTable() };
  return Object.entries(tables).reduce((text, [mark, table]) => replaced(text, mark, table), page);
}

function replaced(page: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- generated:${mark} -->`, `<!-- /generated:${mark} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/models.md has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}

function modelTable(): string {
  const rows = CATALOG.map((entry) => [
    code(entry.name),
    otherNames(entry).map(code).join(", "),
    String(entry.architecture.embedDim),
    String(entry.architecture.vision.imageSize),
    activation(entry),
  ]);
  return table(["Name", "Also called", "Embedding", "Image", "Activation"], rows);
}

/** Spellings that say something new; repository names are in a table of their own. */
function otherNames(entry: CatalogEntry): readonly string[] {
  const repositories = entry.checkpoints.map((source) =>
    source.kind === "hub" ? source.repository : ""
  );
  return entry.aliases.filter((alias) => !repositories.includes(alias));
}

/** What the hub calls each model; Immich's names follow from the models' own. */
function spellingTable(): string {
  const rows = CATALOG.map((entry) => [
    code(entry.name),
    repositoriesOf(entry).filter((name) => !name.startsWith("immich-app/")).map(code).join(", "),
  ]);
  return table(["Name", "Repositories of the Hugging Face hub"], rows);
}

function activation({ architecture, clipAsServiceActivation }: CatalogEntry): string {
  const name = ACTIVATION_NAMES;
  const own = name[architecture.text.activation];
  return clipAsServiceActivation === undefined
    ? own
    : `${own} (clip-as-service: ${name[clipAsServiceActivation]})`;
}

function fileTable(): string {
  const settings = {
    cache: "",
    clipCache: "",
    hubCache: "",
    hubEndpoint: "https://huggingface.co",
    offline: true,
  };
  const rows = CATALOG.map((entry) => [
    code(entry.name),
    code(`${checkpointFolder(entry, settings)}/`),
    entry.checkpoints.map(sourceText).join("; "),
  ]);
  return table(["Name", "Folder in the cache", "Files and where they come from"], rows);
}

function sourceText(source: CheckpointSource): string {
  const files = filesOf(source).map(code).join(" or ");
  if (source.kind === "hub") {
    return `${files} of [${source.repository}](https://huggingface.co/${source.repository})`;
  }
  const hash = source.digest === undefined
    ? ""
    : `, ${source.digest.algorithm} ${source.digest.hex.slice(0, 8)}…`;
  return `[${code(source.file)}](${source.url})${hash}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (import.meta.main) {
  await Deno.writeTextFile(MODEL_PAGE, withGeneratedTables(await Deno.readTextFile(MODEL_PAGE)));
}
