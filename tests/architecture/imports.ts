/** Which file imports what, as Deno's own parser sees it: that of its linter. */
/// <reference lib="deno.unstable" />
import { posix } from "node:path";

/** One place where a file names another, or a package. */
export interface Import {
  /** The file, from the root of the project. */
  from: string;
  line: number;
  /** What is named: a file from the root of the project, or a package as it is written. */
  target: string;
  isFile: boolean;
  /** `address`: `new URL("…", import.meta.url)`, by which workers are started and files read. */
  kind: "import" | "address";
}

/**
 * What the file imports: `import` and `export … from` (those of types too), `import()` as an
 * expression and as a type, and addresses beside the module.
 *
 * @param file Path from the root of the project, with `/`.
 * @throws {SyntaxError} if it does not parse, or imports what cannot be known by reading.
 */
export function readImports(file: string, source: string): Import[] {
  const found: Import[] = [];
  const unclear: number[] = [];
  const add = (kind: Import["kind"], node: Deno.lint.Node, specifier: unknown) => {
    const line = source.slice(0, node.range[0]).split("\n").length;
    if (typeof specifier !== "string") return unclear.push(line);
    const isFile = /^\.\.?\//.test(specifier);
    const target = isFile ? posix.join(posix.dirname(file), specifier) : specifier;
    found.push({ from: file, line, target, isFile, kind });
  };
  const plugin: Deno.lint.Plugin = {
    name: "architecture",
    rules: {
      imports: {
        create: ({ sourceCode }) => ({
          ImportDeclaration: (node) => add("import", node, node.source.value),
          ExportAllDeclaration: (node) => add("import", node, node.source.value),
          ExportNamedDeclaration: (node) => {
            if (node.source) add("import", node, node.source.value);
          },
          ImportExpression: (node) => add("import", node, literal(node.source)),
          // The parser leaves out what such a type names: it is read from the text.
          TSImportType: (node) =>
            add("import", node, /^import\(\s*["'](.+?)["']/.exec(sourceCode.getText(node))?.[1]),
          NewExpression: (node) => {
            const [specifier, base] = node.arguments;
            if (sourceCode.getText(node.callee) !== "URL" || !specifier || !base) return;
            if (sourceCode.getText(base) !== "import.meta.url") return;
            // An address that is put together names a file that is read, not code.
            const address = literal(specifier);
            if (address !== undefined) add("address", node, address);
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, file, source);
  // Not thrown by the visitor: what one throws is told without its reason.
  if (unclear.length > 0) {
    throw new SyntaxError(`${file}:${unclear[0]}: imports what is not written as a plain string`);
  }
  return found;
}

function literal(node: Deno.lint.Node): string | undefined {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
