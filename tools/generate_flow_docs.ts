/**
 * Writes what follows from the declared keys of a flow: `flows/flow.schema.json` and `docs/flow.md`.
 *
 *     deno run -A tools/generate_flow_docs.ts
 */
import { fileURLToPath } from "node:url";
import { flowJsonSchema } from "../src/flow/json_schema.ts";
import { CATALOG } from "../src/model/catalog/catalog.ts";
import { flowReference } from "../src/flow/reference.ts";

/** Each model by the name that docs/models.md calls it by. */
const MODEL_NAMES = CATALOG.map(({ name }) => name);

/** A generated file: where it belongs, and what it must hold. */
export interface GeneratedFile {
  path: string;
  content: string;
}

/** The files as they should be. */
export function generatedFlowFiles(): GeneratedFile[] {
  const at = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
  return [
    {
      path: at("flows/flow.schema.json"),
      content: `${JSON.stringify(flowJsonSchema(MODEL_NAMES), null, 2)}\n`,
    },
    { path: at("docs/flow.md"), content: flowReference() },
  ];
}

if (import.meta.main) {
  for (const { path, content } of generatedFlowFiles()) Deno.writeTextFileSync(path, content);
}
