/** Turns tracing on if the flow or the environment want it. */
import { faultText, type Log } from "../telemetry/log.ts";
import type { FlowConfig } from "../flow/config.ts";
import { certificateTrouble } from "../telemetry/tracing/certificates.ts";
import { chooseTracing } from "../telemetry/tracing/settings.ts";
import type { Tracing } from "../telemetry/tracing/start.ts";

/**
 * Undefined if nothing is to be traced; nothing of OpenTelemetry is loaded then. Settings that cannot
 * be used are told and do not keep the server from starting.
 */
export async function openTracing(flow: FlowConfig, log: Log): Promise<Tracing | undefined> {
  const own = log.child("tracing");
  const env = Deno.env.toObject();
  const { settings, warnings } = chooseTracing(flow.tracing, env);
  for (const warning of warnings) own.warn(warning);
  if (settings === undefined) return undefined;
  for (const trouble of certificateTrouble(env, Deno.readTextFileSync)) own.warn(trouble);
  if (Deno.env.get("OTEL_DENO") === "true") {
    own.warn("OTEL_DENO is set: Deno traces on its own beside, and each request is there twice");
  }
  try {
    const { startTracing } = await import("../telemetry/tracing/start.ts");
    const tracing = await startTracing(settings, own);
    const { shownUrl: to, protocol, sampler, ratio } = settings;
    own.info("Requests are traced", {
      to,
      protocol,
      sampler,
      ratio: sampler.endsWith("ratio") ? ratio : undefined,
    });
    return tracing;
  } catch (thrown) {
    own.error("Requests are not traced, as the exporter cannot be set up", {
      reason: thrown instanceof Error ? thrown.message : faultText(thrown),
    });
    return undefined;
  }
}
