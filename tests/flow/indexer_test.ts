/** Indexers of a flow: `AnnLiteIndexer` as people write it, and what is wrong with one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FlowConfig, IndexerConfig } from "../../src/flow/config.ts";
import { errorsOf, load, withIndexer } from "./flow_fixture.ts";

const SEARCH_PAGE = Deno.readTextFileSync(
  new URL("../fixtures/flows/clip_as_service_search.yml", import.meta.url),
);
const CWD = Deno.cwd();

function indexerOf({ indexers }: FlowConfig): IndexerConfig {
  assert.equal(indexers.length, 1);
  return indexers[0]!;
}

/** The settings of an indexer that has these lines under `uses.with`, which warn of nothing. */
function settingsOf(lines: string): IndexerConfig["index"] {
  const config = load(withIndexer(lines));
  assert.deepEqual(config.warnings, []);
  return indexerOf(config).index;
}

/** Executors, each in one line. */
const flow = (...executors: string[]) =>
  `jtype: Flow\nexecutors:\n${executors.map((line) => `  - ${line}\n`).join("")}`;
const CLIP = "{name: clip, uses: CLIPEncoder}";

Deno.test("loadFlow() reads the flow of clip-as-service's search page without a warning", () => {
  const config = load(SEARCH_PAGE);
  assert.deepEqual(config.warnings, []);
  assert.deepEqual(config.executors.map(({ name }) => name), ["encoder"]);
  const { places: _, ...indexer } = indexerOf(config);
  assert.deepEqual(indexer, {
    name: "indexer",
    encoder: "encoder",
    monitoring: false,
    portMonitoring: null,
    timeoutReadyMs: null,
    tracing: false,
    tracesExporterHost: null,
    tracesExporterPort: null,
    index: {
      dimensions: 512,
      metric: "cosine",
      limit: 10,
      includeMetadata: true,
      columns: {},
      indexAccessPaths: "@r",
      searchAccessPaths: "@r",
      efConstruction: 128,
      efSearch: 128,
      maxConnection: 16,
      maxQueue: 100_000,
    },
    store: { kind: "embedded", folder: join(CWD, "workspace", "indexer") },
  });
});

Deno.test("loadFlow() reads the sharded flow of the search page, and says that an index is one", () => {
  const sharded = `${SEARCH_PAGE}    shards: 3
    polling: {'/index': 'ANY', '/search': 'ALL', '/update': 'ALL', '/delete': 'ALL', '/status': 'ALL'}
    replicas: 2
`;
  const { warnings } = load(sharded);
  assert.equal(warnings.length, 3);
  assert.match(
    warnings.join("\n"),
    /:24:\d+: executors\[1\]\.shards: an index is one here, not 3;/,
  );
  assert.match(
    warnings.join("\n"),
    /:26:\d+: executors\[1\]\.replicas: an index is one here, not 2/,
  );
  assert.match(warnings.join("\n"), /executors\[1\]\.polling: is known to Jina/);
  assert.deepEqual(load(`${SEARCH_PAGE}    shards: 1\n    replicas: 1\n`).warnings, []);
});

Deno.test("loadFlow() reads every spelling of an indexer", () => {
  const spellings = [
    "{name: i, uses: AnnLiteIndexer}",
    "{name: i, uses: 'jinahub://AnnLiteIndexer'}",
    "{name: i, uses: 'jinahub://AnnLiteIndexer/latest'}",
    "{name: i, uses: 'jinahub+docker://AnnLiteIndexer/v0.5.0'}",
    "{name: i, uses: 'jinahub+sandbox://AnnLiteIndexer/0.3.0'}",
    "{name: i, uses: 'jinaai://jina-ai/AnnLiteIndexer:latest'}",
    "{name: i, uses: {jtype: AnnLiteIndexer}}",
    "{name: i, uses: {jtype: annliteindexer, with: null, metas: {py_modules: annlite.executor}}}",
    "{name: i, uses: AnnLiteIndexer, py_modules: [annlite/executor.py]}",
    "{uses: !AnnLiteIndexer {metas: {name: i}}}",
    "{uses: AnnLiteIndexer, uses_metas: {name: i}}",
  ];
  for (const spelling of spellings) {
    const config = load(flow(CLIP, spelling));
    assert.deepEqual(config.warnings, [], spelling);
    assert.equal(indexerOf(config).name, "i", spelling);
  }
  const config = load(flow(CLIP, "{uses: 'jinahub://AnnLiteIndexer', uses_with: {n_dim: 8}}"));
  assert.equal(indexerOf(config).index.dimensions, 8);
  assert.equal(indexerOf(config).name, "executor1");
});

Deno.test("loadFlow() reads the keys of annlite 0.3 as those of 0.4", () => {
  const now = settingsOf(`n_dim: 768
ef_search: 99
index_access_paths: '@c'
search_access_paths: '@r,c'
columns: {price: float}`);
  assert.deepEqual([now.dimensions, now.efSearch], [768, 99]);
  assert.deepEqual([now.indexAccessPaths, now.searchAccessPaths], ["@c", "@r,c"]);
  const before = settingsOf(`dim: 768
ef_query: 99
index_traversal_paths: c
search_traversal_paths: r,c
columns:
  - [price, float]`);
  assert.deepEqual(before, now);
  assert.deepEqual(settingsOf("filterable_attrs: {price: float}").columns, { price: "float" });
});

Deno.test("loadFlow() reads columns in all forms", () => {
  const expected = { price: "float", brand: "str", n: "int" };
  const forms = [
    "columns: {price: float, brand: str, n: int}",
    "columns: {price: double, brand: string, n: integer}",
    "columns: {price: \"<class 'float'>\", brand: builtins.str, n: INT}",
    "columns: [[price, float], [brand, str], [n, int]]",
    "columns:\n  - [price, float]\n  - - brand\n    - str\n  - ['n', 'int']",
    "columns: [(price, float), (brand, str), (n, int)]",
    "columns:\n  - ('price', 'float')\n  - (brand, str)\n  - ('n', 'int',)",
    "columns: \"[('price', 'float'), ('brand', 'str'), ('n', 'int')]\"",
    'columns: \'[["price", "float"], ["brand", "str"], ["n", "int"]]\'',
  ];
  for (const form of forms) assert.deepEqual(settingsOf(form).columns, expected, form);
  for (const none of ["columns:", "columns: {}", "columns: []"]) {
    assert.deepEqual(settingsOf(none).columns, {}, none);
  }
  assert.deepEqual(settingsOf("columns: {'größe in cm': float}").columns, {
    "größe in cm": "float",
  });
});

Deno.test("loadFlow() says which column is wrong, and why", () => {
  const wrong: [columns: string, place: string, why: string][] = [
    ["[[a, bool]]", "columns[0][1]", '"bool" is not a type of columns'],
    ["{a: bool}", "columns.a", '"bool" is not a type of columns'],
    ["\"[('a', 'bool')]\"", "columns", '"bool" is not a type of columns'],
    ["[[a, str], [a, int]]", "columns[1][0]", 'the column "a" is there twice'],
    ["{a: str, A: str}", "columns.A", 'the column "A" is there twice'],
    ["{$gt: str}", "columns.$gt", "the name \"$gt\" begins with '$'"],
    ["{n: int, __proto__: str}", "columns", '"__proto__" cannot be the name'],
    ["[[__proto__, str]]", "columns[0][0]", '"__proto__" cannot be the name'],
    ['[["a\\nb", str]]', "columns[0][0]", "cannot be the name"],
    ['[["", str]]', "columns[0][0]", "nothing stands here"],
    [`{${"ü".repeat(25)}: str}`, "columns.ü", "has more than 48 bytes"],
    ["[[a, str, int]]", "columns[0]", "it is no pair of a name and a type"],
    ["words", "columns", "the text is no list of pairs"],
    ["5", "columns", "the text is no list of pairs"],
    ["{a: {b: c}}", "columns", "does not fit"],
    [`{${Array.from({ length: 65 }, (_, i) => `c${i}: str`)}}`, "columns", "more than 64 columns"],
  ];
  for (const [columns, place, why] of wrong) {
    const errors = errorsOf(withIndexer(`columns: ${columns}`)).join("\n");
    assert.ok(errors.includes(`executors[1].uses.with.${place}`), errors);
    assert.ok(errors.includes(why), errors);
    assert.ok(errors.endsWith("each type str, int or float"), errors);
  }
});

Deno.test("loadFlow() reads metrics as people call them", () => {
  const names = {
    cosine: ["cosine", "COSINE", "cos"],
    euclidean: ["euclidean", "l2", "L2"],
    inner_product: ["inner_product", "ip", "dot", "'inner product'"],
  };
  for (const [metric, spellings] of Object.entries(names)) {
    for (const spelling of spellings) {
      assert.equal(settingsOf(`metric: ${spelling}`).metric, metric, spelling);
    }
  }
  assert.match(errorsOf(withIndexer("metric: hamming"))[0]!, /expected cosine, euclidean or inner/);
});

Deno.test("loadFlow() takes limit and include_metadata from match_args, and warns of the rest", () => {
  const matched = load(withIndexer("match_args: {limit: 3, include_metadata: false, device: cpu}"));
  assert.equal(indexerOf(matched).index.limit, 3);
  assert.equal(indexerOf(matched).index.includeMetadata, false);
  assert.match(matched.warnings.join(), /match_args\.device: is known to Jina and means nothing/);
  const beside = settingsOf(
    "limit: 7\ninclude_metadata: true\nmatch_args: {limit: 3, include_metadata: no}",
  );
  assert.deepEqual([beside.limit, beside.includeMetadata], [7, true]);
  assert.match(
    errorsOf(withIndexer("match_args: {limt: 3}"))[0]!,
    /match_args\.limt: unknown key; did you mean 'limit'\?$/,
  );
});

Deno.test("loadFlow() passes over what annlite has and an index here has not, with one warning", () => {
  const { warnings } = load(withIndexer("restore_key: a\nserialize_config: {}\nn_components: 64"));
  assert.equal(warnings.length, 3);
  assert.match(warnings.join("\n"), /restore_key: is known to Jina/);
});

Deno.test("loadFlow() finds the workspace in all its places, the nearest first", () => {
  const folderOf = (text: string, env: Record<string, string> = {}) => {
    const config = load(text, env, { cwd: "/srv" });
    assert.deepEqual(config.warnings, []);
    const { store } = indexerOf(config);
    assert.equal(store.kind, "embedded");
    return store.kind === "embedded" ? store.folder : "";
  };
  const metas = "metas: {workspace: m}";
  assert.equal(
    folderOf(flow(CLIP, `{name: i, uses: {jtype: AnnLiteIndexer}}`)),
    "/srv/workspace/i",
  );
  const env = { CLIPLINE_WORKSPACE: "/var/lib/x", HOME: "/home/me" };
  assert.equal(folderOf(flow(CLIP, "{name: i, uses: AnnLiteIndexer}"), env), "/var/lib/x/i");
  const top = `workspace: ~/all\n${flow(CLIP, "{name: i, uses: AnnLiteIndexer}")}`;
  assert.equal(folderOf(top, env), "/home/me/all/i");
  const uses = `uses: {jtype: AnnLiteIndexer, ${metas}`;
  assert.equal(folderOf(`workspace: all\n${flow(CLIP, `{name: i, ${uses}}}`)}`), "/srv/m/i");
  assert.equal(folderOf(flow(CLIP, `{name: i, ${uses}, workspace: u}}`)), "/srv/u/i");
  const entry = `{name: i, ${uses}, workspace: u}, workspace: ./e}`;
  assert.equal(folderOf(flow(CLIP, entry)), "/srv/e/i");
  assert.equal(
    folderOf(
      flow(CLIP, "{name: i, workspace: e, uses: AnnLiteIndexer, uses_with: {data_path: d/x}}"),
    ),
    "/srv/d/x",
  );
  assert.match(errorsOf(withIndexer("", "workspace: deno.json"))[0]!, /is not a directory/);
});

Deno.test("loadFlow() keeps an indexer's folder in its workspace, whatever its name", () => {
  for (
    const [name, folder] of [["..", "__"], ["../../x", "___.._x"], ["a/b", "a_b"], [".a", "_a"]]
  ) {
    const config = load(flow(CLIP, `{name: "${name}", uses: AnnLiteIndexer}`), {}, { cwd: "/srv" });
    const { store } = indexerOf(config);
    assert.deepEqual(store, { kind: "embedded", folder: `/srv/workspace/${folder}` });
  }
});

Deno.test("loadFlow() does not warn of a flow's workspace that nothing needs", () => {
  assert.deepEqual(load(`workspace: ./w\n${flow(CLIP)}`).warnings, []);
});

Deno.test("loadFlow() reads a PostgreSQL in place of a folder", () => {
  const { store } = indexerOf(load(withIndexer("url: $DB\ntable: app.pictures\npool_size: 3"), {
    DB: "postgresql://me:secret@db.example:5433/shop?sslmode=require",
  }));
  assert.deepEqual(store, {
    kind: "postgres",
    url: "postgresql://me:secret@db.example:5433/shop?sslmode=require",
    table: "app.pictures",
    poolSize: 3,
  });
  const plain = indexerOf(load(withIndexer("url: postgres://h/d")));
  assert.deepEqual(plain.store, {
    kind: "postgres",
    url: "postgres://h/d",
    table: "clipline_index",
    poolSize: 10,
  });
});

Deno.test("loadFlow() says what pgvector takes of a graph's settings", () => {
  const config = load(withIndexer(`url: postgres://h/d
max_connection: 128
ef_construction: 20
ef_search: 5000`));
  const { index } = indexerOf(config);
  assert.deepEqual([index.maxConnection, index.efConstruction, index.efSearch], [100, 200, 1000]);
  assert.equal(config.warnings.length, 3);
  assert.match(config.warnings.join("\n"), /pgvector does not take 5000; 1000 is taken/);
});

Deno.test("loadFlow() never shows the password of a database", () => {
  const urls = [
    "mysql://me:geheim@h/d",
    "postgresql://me:geheim@[::1/d",
    "{geheim: geheim}",
    "postgresql://me:geheim@h/d\ntable: 'no table'",
    "postgresql://me:geheim@h/d\ndata_path: ./x",
  ];
  for (const url of urls) {
    const errors = errorsOf(withIndexer(`url: ${url}`)).join("\n");
    assert.doesNotMatch(errors, /geheim/);
    assert.match(errors, /expected /);
  }
  const two = flow(
    CLIP,
    "{name: c2, uses: CLIPEncoder}",
    "{uses: AnnLiteIndexer, needs: clip, uses_with: {url: 'postgres://a:geheim@h/d', table: t}}",
    "{uses: AnnLiteIndexer, needs: c2, uses_with: {url: 'postgres://b:geheim@h/d', table: t}}",
  );
  assert.deepEqual(errorsOf(two), [
    "flow.yml:6:5: executors[3]: keeps its documents in the table 't' of the database h/d, as " +
    "'executor2' does; expected another table for each",
  ]);
});

Deno.test("loadFlow() refuses keys of a database without one, and both kinds of a store", () => {
  assert.match(errorsOf(withIndexer("table: t"))[0]!, /table: means nothing without a database; /);
  assert.match(errorsOf(withIndexer("pool_size: 2"))[0]!, /pool_size: means nothing without/);
  assert.match(
    errorsOf(withIndexer("url: postgres://h/d\ndata_path: x"))[0]!,
    /flow\.yml:9:20: executors\[1\]\.uses\.with\.data_path: .*expected 'data_path' or 'url'$/,
  );
});

Deno.test("loadFlow() puts an indexer behind the nearest encoder, or the one it needs", () => {
  const encodersOf = (...lines: string[]) =>
    load(flow(...lines)).indexers.map(({ name, encoder }) => `${name}:${encoder}`);
  const a = "{name: a, uses: CLIPEncoder}";
  const b = "{name: b, uses: CLIPEncoder}";
  assert.deepEqual(
    encodersOf(a, "{name: i, uses: AnnLiteIndexer}", b, "{name: j, uses: AnnLiteIndexer}"),
    ["i:a", "j:b"],
  );
  assert.deepEqual(encodersOf(a, b, "{name: i, uses: AnnLiteIndexer}"), ["i:b"]);
  assert.deepEqual(encodersOf(a, b, "{name: i, uses: AnnLiteIndexer, needs: a}"), ["i:a"]);
  assert.deepEqual(encodersOf(a, b, "{name: i, uses: AnnLiteIndexer, needs: [a]}"), ["i:a"]);
});

Deno.test("loadFlow() refuses an indexer without an encoder, with place", () => {
  assert.deepEqual(errorsOf(flow("{name: i, uses: AnnLiteIndexer}", CLIP)), [
    "flow.yml:3:5: executors[0]: there is no encoder above that embeds what it keeps; expected a " +
    "CLIPEncoder before it",
  ]);
  const needing = (needs: string) =>
    errorsOf(flow(CLIP, `{name: i, uses: AnnLiteIndexer, needs: ${needs}}`));
  assert.deepEqual(needing("clp"), [
    'flow.yml:4:44: executors[1].needs: "clp" is the name of no encoder above; expected an ' +
    "encoder (clip); did you mean 'clip'?",
  ]);
  assert.match(needing("[clip, other]")[0]!, /names several; expected one encoder$/);
  const chain = flow(
    CLIP,
    "{name: i, uses: AnnLiteIndexer}",
    "{name: j, uses: AnnLiteIndexer, needs: i}",
  );
  assert.match(
    errorsOf(chain)[0]!,
    /executors\[2\]\.needs: "i" is an indexer; expected an encoder/,
  );
  // What is wrong with the encoder is told, and nothing that follows from it.
  assert.deepEqual(errorsOf(flow("{uses: {jtype: Other}}", "{uses: AnnLiteIndexer}")).length, 1);
});

Deno.test("loadFlow() refuses two indexers of one encoder, of one folder, of one name", () => {
  const second = "{name: j, uses: AnnLiteIndexer}";
  assert.match(
    errorsOf(flow(CLIP, "{name: i, uses: AnnLiteIndexer}", second))[0]!,
    /^flow\.yml:5:5: executors\[2\]: 'i' keeps the embeddings of 'clip' already; expected one/,
  );
  const to = (name: string, needs: string) =>
    `{name: ${name}, uses: AnnLiteIndexer, needs: ${needs}, uses_with: {data_path: w/x}}`;
  assert.match(
    errorsOf(flow(CLIP, "{name: c2, uses: CLIPEncoder}", to("i", "clip"), to("j", "c2")))[0]!,
    /executors\[3\]: keeps its documents in the folder '.*w\/x', as 'i' does; expected another folder/,
  );
  assert.match(
    errorsOf(flow(CLIP, "{name: clip, uses: AnnLiteIndexer}"))[0]!,
    /executors\[1\]\.name: 'clip' is the name of another executor/,
  );
});

Deno.test("loadFlow() says what is near to what is written", () => {
  assert.deepEqual(errorsOf(withIndexer("colums: {a: str}")), [
    "flow.yml:8:9: executors[1].uses.with.colums: unknown key; did you mean 'columns'?",
  ]);
  assert.deepEqual(errorsOf(flow(CLIP, "{uses: {jtype: AnnLiteIndexr}}")), [
    'flow.yml:4:20: executors[1].uses.jtype: "AnnLiteIndexr" is not known; expected CLIPEncoder ' +
    "or AnnLiteIndexer; did you mean 'AnnLiteIndexer'?",
  ]);
  assert.deepEqual(errorsOf(flow(CLIP, "{uses: 'jinahub://AnnLiteIndexr'}")), [
    'flow.yml:4:12: executors[1].uses: "jinahub://AnnLiteIndexr" is no indexer; expected ' +
    "'jtype: AnnLiteIndexer' under 'uses', with its 'with' and 'metas'; did you mean " +
    "'AnnLiteIndexer'?",
  ]);
  assert.match(
    errorsOf(flow(CLIP, "{uses: {jtype: SimpleIndexer}}"))[0]!,
    /"SimpleIndexer" is not known; expected CLIPEncoder or AnnLiteIndexer$/,
  );
  assert.match(errorsOf(withIndexer("n_dim: 0"))[0]!, /n_dim: 0 is too small/);
  assert.match(errorsOf(withIndexer("limit: 10001"))[0]!, /10001 is too large.*from 1 to 10000$/);
  assert.match(errorsOf(withIndexer("dim: 5\nn_dim: 5"))[0]!, /means the same as 'dim'/);
  assert.match(
    errorsOf(withIndexer("workspace: w"))[0]!,
    /with\.workspace: unknown key here; expected under 'executors\[\] \(indexer\)'$/,
  );
  assert.match(
    errorsOf(withIndexer("minibatch_size: 5"))[0]!,
    /unknown key here; expected under 'executors\[\]\.uses\.with' of an encoder$/,
  );
});

Deno.test("loadFlow() keeps the places of an indexer's keys under their own names", () => {
  const { places } = indexerOf(load(withIndexer("dim: 5")));
  assert.equal(places["n_dim"], "flow.yml:8:14: executors[1].uses.with.dim");
  assert.equal(places["uses"], "flow.yml:6:7: executors[1].uses");
});
