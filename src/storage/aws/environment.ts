/** Environment variables, as a value: tests have their own. */
import { ClipError } from "../../errors.ts";
import { credentialsOf, type FoundCredentials } from "./credentials.ts";

/** Reads a variable; `undefined` if it is not set. */
export type Environment = (name: string) => string | undefined;

/** The process's own; what is empty counts as not set. */
export const processEnvironment: Environment = (name) => Deno.env.get(name) || undefined;

/** Whether a variable says yes, as the AWS tools read it. */
export function isOn(value: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(value ?? "");
}

/** What of an environment is of its own store and account. */
const OF_ONE_STORE = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_ROLE_ARN",
  "AWS_NO_SIGN_REQUEST",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_S3_ADDRESSING_STYLE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
]);

/** The environment for a profile that stands by itself: what leads to another store is not set. */
export function environmentOfProfile(profile: string, environment: Environment): Environment {
  return (name) => {
    if (name === "AWS_PROFILE") return profile;
    return OF_ONE_STORE.has(name) ? undefined : environment(name);
  };
}

/** The keys in it; `undefined` if there are none. @throws {ClipError} "config" for half of a pair. */
export function keysOfEnvironment(environment: Environment): FoundCredentials | undefined {
  const accessKeyId = environment("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, lacking] = accessKeyId === undefined
      ? ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]
      : ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    throw new ClipError("config", `${there} is set, and ${lacking} is not: both are needed`);
  }
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    // As Secrets have it that were made with `echo`, or of a file.
    if (!/^\s|\s$|\p{Cc}/u.test(environment(name) ?? "")) continue;
    throw new ClipError(
      "config",
      `${name} begins or ends with a space, or has the end of a line in it: take it away (echo -n)`,
    );
  }
  return {
    credentials: credentialsOf(accessKeyId, secretAccessKey, environment("AWS_SESSION_TOKEN")),
    source: "the environment (AWS_ACCESS_KEY_ID)",
  };
}
