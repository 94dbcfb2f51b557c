/** Environment variables, as a value: tests have their own. */

/** Reads a variable; `undefined` if it is not set. */
export type Environment = (name: string) => string | undefined;

/** The process's own; what is empty counts as not set. */
export const processEnvironment: Environment = (name) => Deno.env.get(name) || undefined;

/** Whether a variable says yes, as the AWS tools read it. */
export function isOn(value: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(value ?? "");
}
