/** Declarations of the client's types, without the server's. */
import { posix } from "node:path";
import ts from "typescript";

const ROOT = new URL("../", import.meta.url);
const ENTRY = "client/mod.ts";
/** `await using` on a client. */
const LIBRARY = '/// <reference lib="esnext.disposable" />\n';

/**
 * Declarations of `client/mod.ts` and of all that it names, by path, as `client/mod.d.ts`.
 * @throws {Error} a module's types cannot be told without looking into others.
 */
export async function clientTypes(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const toRead = [ENTRY];
  for (let file = toRead.pop(); file !== undefined; file = toRead.pop()) {
    const name = file.replace(/\.ts$/, ".d.ts");
    if (found.has(name)) continue;
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const folder = posix.dirname(file);
    const text = declarationsOf(file, source).replace(
      /(from |import\()"(\.[^"]+)\.ts"/g,
      (_, before: string, target: string) => {
        toRead.push(posix.join(folder, `${target}.ts`));
        return `${before}"${target}.js"`;
      },
    );
    found.set(name, file === ENTRY ? LIBRARY + text : text);
  }
  return found;
}

function declarationsOf(file: string, source: string): string {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      isolatedDeclarations: true,
      declaration: true,
      strict: true,
    },
  });
  if (diagnostics.length > 0) {
    const text = diagnostics.map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, "\n")
    );
    throw new Error(`${file}: ${text.join("; ")}`);
  }
  // Methods named by symbols are told twice, first as properties (TypeScript 5.9.3).
  return outputText.replace(/^ +\[Symbol\.\w+\]: \(\) => .*;\n/gm, "");
}
