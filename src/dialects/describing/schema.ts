/** Types as OpenAPI describes them, made from what validates. */
import { z } from "zod";
import type { OpenApiObject } from "../../exchange/openapi.ts";

/** What a client may send of a type; what only code can say of it is left out. */
export function openApiSchema(schema: z.ZodType): OpenApiObject {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  });
  return described;
}
