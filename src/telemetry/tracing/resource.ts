/** Who sends traces: the service, and which of its processes. */
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import { VERSION } from "../../version.ts";
import { EnvironmentReader, type Variables } from "./environment_reader.ts";

const ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES";
const EXPECTED =
  "name=value with commas between, 255 characters of each at most, and %2C and %3D " +
  "for ',' and '=' in them";

/**
 * What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say wins over what the process knows.
 * @returns what is passed over besides.
 */
export function ownResource(env: Variables): { resource: Resource; warnings: readonly string[] } {
  const known = resourceFromAttributes({
    "service.name": "clipline",
    "service.version": VERSION,
    "service.instance.id": crypto.randomUUID(),
    // Of a pod it is the pod's name.
    "host.name": Deno.hostname(),
    "process.pid": Deno.pid,
  });
  const said = detectResources({ detectors: [resourceAttributesEnvDetector] });
  const named = detectResources({ detectors: [serviceNameEnvDetector] });
  const resource = defaultResource().merge(known).merge(said).merge(named);
  const reader = new EnvironmentReader(env);
  // One wrong entry and all of them are dropped, as the specification has it.
  const written = /[^\s,]/.test(reader.text(ATTRIBUTES) ?? "");
  if (written && Object.keys(said.attributes).length === 0) reader.passOver(ATTRIBUTES, EXPECTED);
  return { resource, warnings: reader.warnings };
}
