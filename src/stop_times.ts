/** How long a stop takes, as the environment says: the server reads it, and exports plan by it. */

/** Seconds that a stop may take, if `SHUTDOWN_GRACE` does not say. */
export const GRACE_SECONDS = 30;

/** The variables, in seconds each: serving on while others hear of it, and finishing what is inside. */
export const STOP_VARIABLES: readonly string[] = ["SHUTDOWN_DELAY", "SHUTDOWN_GRACE"];

/** Seconds, 0 or more; `undefined` for a text that says none. */
export function stopSeconds(text: string): number | undefined {
  const seconds = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
