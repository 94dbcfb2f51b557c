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

/** What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say wins over what the process knows. */
export function ownResource(): Resource {
  const known = resourceFromAttributes({
    "service.name": "clipline",
    "service.version": VERSION,
    "service.instance.id": crypto.randomUUID(),
    // Of a pod it is the pod's name.
    "host.name": Deno.hostname(),
    "process.pid": Deno.pid,
  });
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(known).merge(detectResources({ detectors }));
}
