/** Which parameters mean something, to the executors of a flow. */
import type { Service } from "../../service/service.ts";
import type { JsonObject } from "./document/document.ts";
import { INDEX_PARAMETERS } from "./indexing/index_parameters.ts";
import { checkParameters, PARAMETERS } from "./parameters.ts";
import type { FieldHearer } from "./document/request_size.ts";

const OF_ENCODERS: ReadonlySet<string> = new Set(Object.keys(PARAMETERS.shape));
const OF_ALL: ReadonlySet<string> = new Set([
  ...OF_ENCODERS,
  ...Object.keys(INDEX_PARAMETERS.shape),
]);

/**
 * Looks for parameters that mean nothing here.
 * @throws {ParameterError} naming each, if they are refused.
 */
export function checkNames(
  given: JsonObject,
  { executors, indexers }: Pick<Service, "executors" | "indexers">,
  fields: FieldHearer,
): void {
  const [known, addressed] = indexers.some
    ? [OF_ALL, [...executors.all, ...indexers.all]]
    : [OF_ENCODERS, executors.all];
  checkParameters(given, known, addressed, fields);
}
