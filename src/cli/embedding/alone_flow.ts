/** The flow of one model, as options describe it: what they mean is read as a flow reads it. */
import { fileURLToPath } from "node:url";
import { ClipError } from "../../errors.ts";
import type { FlowConfig } from "../../flow/config.ts";
import { loadFlow } from "../../flow/load.ts";
import { FlowError } from "../../flow/problem.ts";
import { findModel } from "../../model/catalog/catalog.ts";

/** Which model, and how it is run; the demo model if none is named. */
export interface AloneOptions {
  model?: string | undefined;
  device?: string | undefined;
  dtype?: string | undefined;
  replicas?: string | undefined;
}

/** The model that comes with the project. */
const DEMO_MODEL = fileURLToPath(new URL("../../../models/demo", import.meta.url));

/** Its text. */
function aloneText({ model, device, dtype, replicas }: AloneOptions): string {
  const isDemo = model === undefined || model === "demo";
  // JSON is YAML.
  return JSON.stringify({
    jtype: "Flow",
    executors: [{
      name: "clip",
      uses: {
        jtype: "CLIPEncoder",
        with: {
          name: model ?? "demo",
          ...(isDemo ? { model_path: DEMO_MODEL } : {}),
          ...(device === undefined ? {} : { device }),
          ...(dtype === undefined || dtype === "auto" ? {} : { dtype }),
        },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
      ...(replicas === undefined ? {} : { replicas }),
    }],
  });
}

/**
 * Reads it.
 * @throws {ClipError} "config" that names the option which is wrong.
 */
export function aloneFlow(options: AloneOptions): FlowConfig {
  try {
    const source = { text: aloneText(options), name: "options" };
    return loadFlow(source, Deno.env.toObject(), { knownModel: findModel });
  } catch (thrown) {
    if (!(thrown instanceof FlowError)) throw thrown;
    const [problem] = thrown.problems;
    const option = /(\w+)$/.exec(problem!.key)?.[1]?.replace(/^name$/, "model");
    throw new ClipError("config", `--${option}: ${problem!.message}`, { name: "UsageError" });
  }
}
