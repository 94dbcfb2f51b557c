/**
 * Credentials of an EC2 instance's role, by version 2 of its metadata service.
 * Source: Amazon EC2 User Guide, "Use IMDSv2".
 */
import { ClipError } from "../../errors.ts";
import { type Answer, askFor, credentialsOfJson } from "./answers.ts";
import type { FoundCredentials } from "./credentials.ts";
import { type Environment, isOn } from "./environment.ts";

const SERVICE = "http://169.254.169.254";
const SERVICE_IPV6 = "http://[fd00:ec2::254]";
const ROLES = "/latest/meta-data/iam/security-credentials/";
/** Elsewhere than on EC2 nobody answers there: that is found out soon. */
const LIMIT_MS = 1_000;
const FIRST_TRIES = 2;

/**
 * Those of the role; `undefined` where there is no such service, or no role.
 * @throws {ClipError} "unavailable" or "config" if there is a role, and its credentials are not given.
 */
export async function instanceCredentials(
  environment: Environment,
): Promise<FoundCredentials | undefined> {
  if (isOn(environment("AWS_EC2_METADATA_DISABLED"))) return undefined;
  const usual = /^ipv6$/i.test(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") ?? "")
    ? SERVICE_IPV6
    : SERVICE;
  const service = (environment("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? usual).replace(/\/+$/, "");
  const source = "the instance's role (EC2 metadata)";
  const unavailable = (why: string) =>
    new ClipError("unavailable", `No credentials from ${source}: ${why}`);
  let token: Answer;
  try {
    token = await askFor(
      `${service}/latest/api/token`,
      {
        method: "PUT",
        headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" },
      },
      LIMIT_MS,
      { tries: FIRST_TRIES },
    );
  } catch {
    return undefined;
  }
  if (token.status === 429 || token.status >= 500) {
    throw unavailable(`it answers ${token.status}`);
  }
  if (token.status !== 200) return undefined;
  try {
    const roles = await ask(`${service}${ROLES}`, token.text);
    const role = roles.text.split("\n")[0]!.trim();
    if (roles.status === 404 || (roles.status === 200 && role === "")) return undefined;
    if (roles.status !== 200) throw unavailable(`it answers ${roles.status}`);
    const answer = await ask(`${service}${ROLES}${encodeURIComponent(role)}`, token.text);
    return { credentials: credentialsOfJson(answer, source), source };
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw unavailable(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function ask(url: string, token: string) {
  return askFor(url, { headers: { "x-aws-ec2-metadata-token": token } }, LIMIT_MS);
}
