/** Plain objects as YAML. */
import { stringify } from "yaml";

/**
 * A document that readers of YAML 1.1 (kubectl, helm, compose) take for the same: texts like `on`
 * and `0777` are quoted.
 */
export function yamlText(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
