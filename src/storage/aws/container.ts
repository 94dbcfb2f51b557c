/**
 * Credentials of a container: ECS task roles and EKS pod identities.
 * Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
 */
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { askFor, credentialsOfJson } from "./answers.ts";
import type { FoundCredentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";

const ECS = "http://169.254.170.2";
/** Hosts that a token may be sent to without encryption: loopback, ECS, EKS. */
const PLAIN_HOSTS =
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;
const LIMIT_MS = 5_000;

/** Those that the environment points at; `undefined` if it points at none. */
export async function containerCredentials(
  environment: Environment,
): Promise<FoundCredentials | undefined> {
  const relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const given = relative === undefined ? full : `${ECS}${relative}`;
  if (given === undefined) return undefined;
  const source = "the container (AWS_CONTAINER_CREDENTIALS_…)";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (
    url?.protocol !== "https:" && !(url?.protocol === "http:" && PLAIN_HOSTS.test(url.hostname))
  ) {
    throw new ClipError(
      "config",
      `AWS_CONTAINER_CREDENTIALS_FULL_URI is '${given}': it has to be https, or on this machine`,
    );
  }
  const token = await tokenOf(environment);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
  let answer;
  try {
    answer = await askFor(url!.href, { headers }, LIMIT_MS);
  } catch (thrown) {
    throw new ClipError(
      "unavailable",
      `No credentials from ${source}: ${thrown instanceof Error ? thrown.message : thrown}`,
    );
  }
  return { credentials: credentialsOfJson(answer, source), source };
}

async function tokenOf(environment: Environment): Promise<string | undefined> {
  const file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (file === undefined) return environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  try {
    return (await Deno.readTextFile(file)).trim();
  } catch (thrown) {
    throw new ClipError(
      "config",
      `Cannot read '${file}' (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE): ${fileTrouble(thrown)}`,
    );
  }
}
