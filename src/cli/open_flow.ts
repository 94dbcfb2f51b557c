/** A flow that this process is to run: read, its variables set, and what is odd about it told. */
import type { FlowConfig } from "../flow/config.ts";
import { type FlowSource, loadFlow } from "../flow/load.ts";
import { findModel } from "../model/catalog/catalog.ts";
import { type Log, logFromEnv } from "../telemetry/log.ts";
import { environmentWarnings } from "./environment_check.ts";

/** The flow, and the log as it and the environment set it up. */
export interface OpenFlow {
  flow: FlowConfig;
  log: Log;
}

/**
 * Reads it, and sets the variables of its `with: env:` in this process.
 * @throws {ClipError} "config" with all that is wrong with it.
 */
export function openFlow(source: FlowSource): OpenFlow {
  const flow = loadFlow(source, Deno.env.toObject(), { knownModel: findModel });
  for (const [name, value] of Object.entries(flow.gateway.env)) Deno.env.set(name, value);
  const log = logFromEnv("clipline", Deno.env.toObject());
  for (const warning of flow.warnings) log.warn(warning);
  const variables = [Deno.env.toObject(), ...flow.executors.map((executor) => executor.env)];
  for (const warning of new Set(variables.flatMap(environmentWarnings))) log.warn(warning);
  return { flow, log };
}
