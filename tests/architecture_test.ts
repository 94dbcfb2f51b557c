/** That the house is built as docs/architecture.md says. */
import assert from "node:assert/strict";
import { findCycles } from "./architecture/cycles.ts";
import {
  againstFloors,
  againstNeighbours,
  againstOwners,
  type Ownership,
  readFloors,
} from "./architecture/floors.ts";
import { type Import, readImports } from "./architecture/imports.ts";

const ROOT = new URL("../", import.meta.url);

/** Native packages and transports, each to be swapped in one place. */
const OWNERS: readonly Ownership[] = [
  { package: /^onnxruntime-node$/, owner: "src/runtime/session.ts" },
  { package: /^sharp$/, owner: "src/model/image/" },
  { package: /^(usearch|node:sqlite)$/, owner: "src/index/embedded/" },
  { package: /^pg$/, owner: "src/index/postgres/" },
  { package: /^aws4fetch$/, owner: "src/storage/" },
  { package: /^node:http2$/, owner: "src/gateway/grpc/" },
  { package: /^@opentelemetry\//, owner: "src/telemetry/tracing/" },
  { package: /^@grpc\//, owner: "client/transports/grpc.ts" },
];

/** What the client may import beside itself. */
const CLIENT_READS = ["src/dialects/jina/proto/", "src/dialects/jina/document/"];

function codeFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return codeFiles(`${folder}${name}/`);
    return /\.[jt]s$/.test(name) ? [`${folder}${name}`] : [];
  });
}

function projectImports(): Import[] {
  return ["main.ts", ...codeFiles("client/"), ...codeFiles("src/"), ...codeFiles("workers/")].sort()
    .flatMap((file) => readImports(file, Deno.readTextFileSync(new URL(file, ROOT))));
}

function importsOf(files: Record<string, string>): Import[] {
  return Object.entries(files).flatMap(([file, source]) => readImports(file, source));
}

/** Fails with one line for each that was found. */
function assertNone(found: readonly string[]): void {
  assert.equal(found.length, 0, `\n${found.join("\n")}\n`);
}

const IMPORTS = projectImports();
const FLOORS = readFloors(Deno.readTextFileSync(new URL("docs/architecture.md", ROOT)));

Deno.test("imports go down the floors of docs/architecture.md", () => {
  assertNone(againstFloors(IMPORTS, FLOORS));
});

Deno.test("no files import each other in a circle", () => {
  assertNone(findCycles(IMPORTS));
});

Deno.test("a dialect imports no other dialect", () => {
  const others = IMPORTS.filter(({ from }) => !from.startsWith("client/"));
  assertNone(againstNeighbours(others, "src/dialects/table.ts"));
});

Deno.test("the client imports of the server only the messages that both write and read", () => {
  const far = IMPORTS.filter(({ from, isFile, target }) =>
    from.startsWith("client/") && isFile && !target.startsWith("client/") &&
    !CLIENT_READS.some((room) => target.startsWith(room))
  );
  assertNone(far.map(({ from, line, target }) => `${from}:${line}: imports ${target}`));
});

Deno.test("nothing of the server imports the client but the command line", () => {
  const users = IMPORTS.filter(({ from, target }) =>
    target.startsWith("client/") && !from.startsWith("client/") && !from.startsWith("src/cli/")
  );
  assertNone(users.map(({ from, line, target }) => `${from}:${line}: imports ${target}`));
});

Deno.test("native packages and gRPC are imported by their owners only", () => {
  assertNone(againstOwners(IMPORTS, OWNERS));
  for (const { package: name, owner } of OWNERS) {
    assert.ok(IMPORTS.some(({ from, target }) => name.test(target) && from.startsWith(owner)));
  }
});

Deno.test("no test changes what all test files share: they run in one process", () => {
  const shared = /\bDeno\.(env\.(set|delete)|chdir|umask)\(|\bprocess\.(env\.\w+ = |chdir\()/;
  assertNone(
    codeFiles("tests/").flatMap((file) => {
      const lines = Deno.readTextFileSync(new URL(file, ROOT)).split("\n");
      return lines.flatMap((line, i) =>
        shared.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : []
      );
    }),
  );
});

/** A small house, to see that the checks find what is wrong in one. */
const HOUSE = readFloors("```text floors\nmain.ts\nsrc/a | src/b\nworkers\nsrc/c\nsrc/*.ts\n```\n");

Deno.test("againstFloors() finds every way to import upwards, with file and line", () => {
  const wrong = [
    'import { a } from "../a/a.ts";',
    'import type { a } from "../a/a.ts";',
    'export * from "../a/a.ts";',
    'export { a } from "../a/a.ts";',
    'export type Copy = import("../a/a.ts").A;',
    'export const load = () => import("../a/a.ts");',
    'export const at = new URL("../a/a.ts", import.meta.url);',
  ];
  for (const line of wrong) {
    const imports = importsOf({ "src/c/c.ts": `// “Not ASCII” 🦕\n\n${line}\n` });
    assert.deepEqual(againstFloors(imports, HOUSE), [
      "src/c/c.ts:3: imports src/a/a.ts: src/c lies below src/a, and imports go down only",
    ], line);
  }
});

Deno.test("againstFloors() finds imports sideways and out of the house", () => {
  const imports = importsOf({
    "src/a/deep/x.ts": 'import "../../b/y.ts";',
    "src/ground.ts": 'import { c } from "./c/c.ts";\nimport "../tools/t.ts";',
    "src/attic/z.ts": 'import "../c/c.ts";',
  });
  assert.deepEqual(againstFloors(imports, HOUSE), [
    "src/a/deep/x.ts:1: imports src/b/y.ts: " +
    "src/a and src/b lie side by side and do not import each other",
    "src/ground.ts:1: imports src/c/c.ts: src/*.ts lies below src/c, and imports go down only",
    "src/ground.ts:2: imports tools/t.ts: tools/t.ts lies on no floor",
    "src/attic/z.ts:1: imports src/c/c.ts: src/attic/z.ts lies on no floor",
  ]);
});

Deno.test("againstFloors() lets pass what goes down, stays in its room, or starts a thread", () => {
  const imports = importsOf({
    "main.ts": 'import "./src/a/a.ts"; import "./src/ground.ts"; import "sharp";',
    "src/a/a.ts": 'import "./deep/x.ts"; import "../../workers/w.ts"; import "../../deno.json";',
    "src/c/c.ts": 'new Worker(new URL("../../workers/w.ts", import.meta.url));' +
      "new URL(`./${name}.wasm`, import.meta.url);",
    "src/ground.ts": 'import "./errors.ts"; import "node:path";',
  });
  assert.equal(imports.length, 9);
  assert.deepEqual(againstFloors(imports, HOUSE), []);
});

Deno.test("againstFloors() does not let an import pass as the start of a thread", () => {
  const imports = importsOf({ "src/c/c.ts": 'import "../../workers/w.ts";' });
  assert.match(againstFloors(imports, HOUSE).join(), /src\/c lies below workers/);
});

Deno.test("againstNeighbours() finds imports into a folder of the table by others", () => {
  const imports = importsOf({
    "src/c/table.ts": 'import "./one/1.ts"; import "./two/2.ts"; import "./ground.ts";',
    "src/c/one/1.ts": 'import "./deep/1.ts"; import "../shared/s.ts"; import "../two/2.ts";',
    "src/c/one/deep/1.ts": 'import "../1.ts"; import "../../ground.ts";',
    "src/a/a.ts": 'import "../c/one/1.ts";',
  });
  assert.deepEqual(againstNeighbours(imports, "src/c/table.ts"), [
    "src/c/one/1.ts:1: imports src/c/two/2.ts: only src/c/table.ts and src/c/two/ do",
    "src/a/a.ts:1: imports src/c/one/1.ts: only src/c/table.ts and src/c/one/ do",
  ]);
});

Deno.test("findCycles() finds a circle, of types too, and tells it once", () => {
  const circles = findCycles(importsOf({
    "src/a/1.ts": 'import "./2.ts"; import "./4.ts";',
    "src/a/2.ts": 'import type { T } from "./3.ts";',
    "src/a/3.ts": '\nexport * from "./1.ts";',
    "src/a/4.ts": 'import "node:path"; new URL("./1.ts", import.meta.url);',
    "src/a/5.ts": 'import "./5.ts";',
  }));
  assert.deepEqual(circles, [
    "src/a/1.ts:1 → src/a/2.ts, src/a/2.ts:1 → src/a/3.ts, src/a/3.ts:2 → src/a/1.ts",
    "src/a/5.ts:1 → src/a/5.ts",
  ]);
});

Deno.test("againstOwners() finds an import of a package by others", () => {
  const imports = importsOf({
    "src/a/a.ts": 'import * as ort from "onnxruntime-node";\nimport "@grpc/grpc-js";',
    "src/runtime/session.ts": 'import "onnxruntime-node";',
    "src/gateway/grpc/server.ts": 'import "node:http2";',
    "client/transports/grpc.ts": 'const grpc = await import("@grpc/grpc-js");',
  });
  assert.deepEqual(againstOwners(imports, OWNERS), [
    "src/a/a.ts:1: imports onnxruntime-node: only src/runtime/session.ts does",
    "src/a/a.ts:2: imports @grpc/grpc-js: only client/transports/grpc.ts does",
  ]);
});

Deno.test("readImports() looks into files that the linter is told to ignore", () => {
  const source = '// deno-lint-ignore-file\nimport "./b.ts";';
  assert.equal(readImports("src/a.ts", source).length, 1);
});

Deno.test("readImports() refuses an import that reading cannot follow, and what does not parse", () => {
  assert.throws(() => readImports("src/a.ts", "\nawait import(name);"), /src\/a\.ts:2: .* string/);
  assert.throws(() => readImports("src/a.ts", "import from;"));
});

Deno.test("readFloors() says that a document has no floors", () => {
  assert.throws(() => readFloors("# Architecture"), /no block of code .*'text floors'/);
});
