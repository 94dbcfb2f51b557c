/**
 * `CUDA_VISIBLE_DEVICES` is read here instead of by the driver: the driver does not know `RR…`, and
 * it would read it once for the whole process, where each executor may have its own.
 */
import { ClipError } from "../errors.ts";
import { namesMigSlices } from "./visible_devices.ts";

const VARIABLE = "CUDA_VISIBLE_DEVICES";

/** The process's own value, as it was before it was taken from the driver. */
let outer: { value: string | undefined } | undefined;
/** The MIG slices that the driver was left with; they cannot be changed once it has started. */
let slices: string | undefined;

/**
 * The value that counts for an executor; the driver does not see it any more. Only a list of MIG
 * slices is left to the driver. To be called before anything starts CUDA.
 *
 * @param env the executor's own variables, which win over the process's.
 * @throws {ClipError} "config" if two executors want different MIG slices.
 */
export function claimVisibleDevices(env: Readonly<Record<string, string>>): string | undefined {
  outer ??= { value: Deno.env.get(VARIABLE) };
  const value = env[VARIABLE] ?? outer.value;
  if (value === undefined || !namesMigSlices(value)) {
    if (slices === undefined) Deno.env.delete(VARIABLE);
    return value;
  }
  if (slices !== undefined && slices !== value) {
    throw new ClipError(
      "config",
      `Executors of one process must name the same MIG slices in ${VARIABLE}: got '${slices}' ` +
        `and '${value}'`,
    );
  }
  slices = value;
  Deno.env.set(VARIABLE, value);
  return value;
}
