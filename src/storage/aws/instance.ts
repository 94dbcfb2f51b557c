/**
 * Credentials of an EC2 instance's role, by version 2 of its metadata service.
 * Source: Amazon EC2 User Guide, "Use IMDSv2".
 */
import { ClipError } from "../../errors.ts";
import { type Answer, askFor, credentialsOfJson } from "./answers.ts";
import type { FoundCredentials } from "./credentials.ts";
import { type Environment, isOn } from "./environment.ts";

const SERVICE = "http://169.254.169.254";
const ROLES = "/latest/meta-data/iam/security-credentials/";
/** Elsewhere than on EC2 nobody answers there: that is found out soon. */
const LIMIT_MS = 1_000;

/**
 * Those of the role; `undefined` where there is no such service, or no role.
 * @throws {ClipError} "unavailable" or "config" if there is a role, and its credentials are not given.
 */
export async function instanceCredentials(
  environment: Environment,
): Promise<FoundCredentials | undefined> {
  if (isOn(environment("AWS_EC2_METADATA_DISABLED"))) return undefined;
  const service = (environment("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? SERVICE).replace(/\/+$/, "");
  const source = "the instance's role (EC2 metadata)";
  let token;
  let roles;
  try {
    token = await askFor(`${service}/latest/api/token`, {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" },
    }, LIMIT_MS);
    if (token.status !== 200) return undefined;
    roles = await ask(`${service}${ROLES}`, token.text);
  } catch {
    return undefined;
  }
  const role = roles.text.split("\n")[0]!.trim();
  if (roles.status !== 200 || role === "") return undefined;
  let answer: Answer;
  try {
    answer = await ask(`${service}${ROLES}${encodeURIComponent(role)}`, token.text);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ClipError("unavailable", `No credentials from ${source}: ${why}`);
  }
  return { credentials: credentialsOfJson(answer, source), source };
}

function ask(url: string, token: string) {
  return askFor(url, { headers: { "x-aws-ec2-metadata-token": token } }, LIMIT_MS);
}
