/** How long a stop takes, as the environment says: the server reads it, and exports plan by it. */

/** Seconds that a stop may take, if `SHUTDOWN_GRACE` does not say. */
export const GRACE_SECONDS = 30;

/** The most that either may be: what is longer was meant in milliseconds, or would keep a node busy. */
export const MAX_STOP_SECONDS = 3600;

/** The variables, in seconds each: serving on while others hear of it, and finishing what is inside. */
export const STOP_VARIABLES: readonly string[] = ["SHUTDOWN_DELAY", "SHUTDOWN_GRACE"];

/** Seconds, from 0 to {@linkcode MAX_STOP_SECONDS}; `undefined` for a text that says none. */
export function stopSeconds(text: string): number | undefined {
  const seconds = text.trim() === "" ? NaN : Number(text);
  return seconds >= 0 && seconds <= MAX_STOP_SECONDS ? seconds : undefined;
}
