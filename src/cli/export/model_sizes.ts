/** How large the models of a flow are, as far as the catalog or their files say it. */
import { join } from "node:path";
import { describeCheckpoint } from "../../checkpoint/describe.ts";
import type { ClipArchitecture } from "../../checkpoint/state_dict.ts";
import type { ModelSize } from "../../deployment/plan/options.ts";
import type { ModelSizes } from "../../deployment/plan/resources.ts";
import { ClipError } from "../../errors.ts";
import type { ExecutorConfig, FlowConfig } from "../../flow/config.ts";
import { findModel } from "../../model/catalog/catalog.ts";
import { imageBytes, parameterCount } from "../../model/catalog/memory.ts";

const FLOAT_BYTES = 4;

/** Sizes by executor; undefined where nothing says them. No weights are read. */
export function modelSizes({ executors }: FlowConfig): ModelSizes {
  return new Map(executors.map((executor) => [executor.name, sizeOf(executor)]));
}

function sizeOf({ runtime, encoder: { name, modelPath } }: ExecutorConfig): ModelSize | undefined {
  const known = findModel(name);
  const entry = known.ok ? known.model : undefined;
  if (modelPath === null) return entry && ofArchitecture(entry.architecture);
  return (runtime === "torch"
    ? ofCheckpoint(modelPath)
    : ofGraphs(modelPath, entry?.architecture)) ??
    (entry && ofArchitecture(entry.architecture));
}

function ofArchitecture(architecture: ClipArchitecture, checkpointBytes?: number): ModelSize {
  const parameters = parameterCount(architecture);
  return {
    parameters,
    imageBytes: imageBytes(architecture.vision),
    checkpointBytes: checkpointBytes ?? FLOAT_BYTES * parameters,
  };
}

function ofCheckpoint(path: string): ModelSize | undefined {
  try {
    const { architecture, fileBytes } = describeCheckpoint(path);
    return ofArchitecture(architecture, fileBytes);
  } catch (thrown) {
    // It is not here, or wrong: who serves it will say so.
    if (thrown instanceof ClipError || thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** Graphs of others say nothing of themselves but their size. */
function ofGraphs(
  folder: string,
  architecture: ClipArchitecture | undefined,
): ModelSize | undefined {
  try {
    const bytes = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
      .reduce((sum, { name }) => sum + Deno.statSync(join(folder, name)).size, 0);
    if (architecture !== undefined) return ofArchitecture(architecture, bytes);
    return { parameters: bytes / FLOAT_BYTES, imageBytes: bytes / 80, checkpointBytes: bytes };
  } catch {
    return undefined;
  }
}
