/**
 * Writes the tables of `docs/models.md` and `docs/catalog.md` from the catalog; the rest of the pages
 * is written by hand.
 *
 *     deno run -A tools/generate_model_docs.ts
 */
import { fileURLToPath } from "node:url";
import { ACTIVATION_NAMES } from "../src/cli/model/info.ts";
import { CATALOG, type CatalogEntry, type CheckpointSource } from "../src/model/catalog/catalog.ts";
import { CLIP_SERVER_MD5 } from "../src/model/catalog/clip_server.ts";
import { FAMILIES, FAMILY_NAMES, type FamilyName } from "../src/model/catalog/families.ts";
import { parameterCount } from "../src/model/catalog/memory.ts";
import { REFUSED_ROWS } from "../src/model/catalog/open_clip.ts";
import { REFUSED, refusedFamily } from "../src/model/catalog/refused.ts";
import { repositoriesOf } from "../src/model/catalog/repositories.ts";
import { namesOf } from "../src/model/store/beside.ts";
import { checkpointFolder, filesOf } from "../src/model/store/layout.ts";

/** The page that tells of models. */
export const MODEL_PAGE = fileURLToPath(new URL("../docs/models.md", import.meta.url));
/** The page that lists every model. */
export const CATALOG_PAGE = fileURLToPath(new URL("../docs/catalog.md", import.meta.url));

/** `docs/models.md` with its generated parts made anew. @throws {Error} when a mark is missing. */
export function withGeneratedTables(page: string): string {
  return filled(page, {
    families: familyTable(),
    clip_server: clipServerTable(),
    refused: refusedTable(),
  });
}

/** The same of `docs/catalog.md`. @throws {Error} when a mark is missing. */
export function withCatalogTables(page: string): string {
  return filled(page, { models: modelTables(), spellings: spellingTable(), files: fileTable() });
}

function filled(page: string, tables: Record<string, string>): string {
  return Object.entries(tables).reduce((text, [mark, table]) => replaced(text, mark, table), page);
}

function replaced(page: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- generated:${mark} -->`, `<!-- /generated:${mark} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}

function membersOf(family: FamilyName): CatalogEntry[] {
  return CATALOG.filter((entry) => entry.family === family);
}

function familyTable(): string {
  const rows = FAMILY_NAMES.map((name) => {
    const { title, languages, licence } = FAMILIES[name];
    const members = membersOf(name);
    const spans = (of: (entry: CatalogEntry) => number) => span(members.map(of));
    return [
      code(name),
      title,
      String(members.length),
      spans(({ architecture }) => architecture.embedDim),
      spans(({ architecture }) => architecture.vision.imageSize),
      spans(({ architecture }) => architecture.text.contextLength),
      languages,
      licence === undefined ? "see its pages" : `${licence.name} (${licence.from})`,
    ];
  });
  return table(
    ["Family", "What", "Models", "Embedding", "Image", "Ids of a text", "Languages", "Licence"],
    rows,
  );
}

function span(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** Models of clip_server that are not OpenAI's, and what is other than there. */
function clipServerTable(): string {
  const known = (entry: CatalogEntry) =>
    Object.hasOwn(CLIP_SERVER_MD5, entry.name) || ["m-clip", "chinese-clip"].includes(entry.family);
  const rows = CATALOG.filter((entry) => known(entry) && entry.notes.length > 0)
    .map((entry) => [code(entry.name), entry.notes.join(" ")]);
  return table(["Name", "What to know"], rows);
}

function refusedTable(): string {
  const rows = REFUSED.map((family) => [
    family.title,
    family.what,
    family.instead ?? "",
    REFUSED_ROWS.filter((name) => refusedFamily(name) === family).map(code).join(", "),
  ]);
  return table(["Models", "What they have", "Instead", "Of OpenCLIP's table"], rows);
}

function modelTables(): string {
  const head = [
    "Name",
    "Also called",
    "Embedding",
    "Image",
    "Ids of a text",
    "Parameters, M",
    "Activation",
  ];
  return FAMILY_NAMES.map((name) => {
    const rows = membersOf(name).map((entry) => {
      const { architecture } = entry;
      return [
        code(entry.name),
        otherNames(entry).map(code).join(", "),
        String(architecture.embedDim),
        String(architecture.vision.imageSize),
        String(architecture.text.contextLength),
        (parameterCount(architecture) / 1e6).toFixed(1),
        activation(entry),
      ];
    });
    return `### ${FAMILIES[name].title}\n\n${table(head, rows)}`;
  }).join("\n\n");
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
  const { text, vision } = architecture;
  const own = vision.kind === "resnet" || vision.activation === text.activation
    ? name[text.activation]
    : `${name[vision.activation]}, texts ${name[text.activation]}`;
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
    entry.checkpoints.map(sourceText).join("; ") +
    (entry.images === undefined ? "" : `; images: those of ${code(entry.images.name)}`),
  ]);
  return table(["Name", "Folder in the cache", "Files and where they come from"], rows);
}

function sourceText(source: CheckpointSource): string {
  const files = filesOf(source).map(code).join(" or ");
  if (source.kind === "hub") {
    const needed = (source.beside ?? []).filter((each) => each.needed)
      .map((each) => ` and ${namesOf(each).map(code).join(" or ")}`);
    return `${files}${needed.join("")} of ` +
      `[${source.repository}](https://huggingface.co/${source.repository})`;
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
  await Deno.writeTextFile(CATALOG_PAGE, withCatalogTables(await Deno.readTextFile(CATALOG_PAGE)));
}
