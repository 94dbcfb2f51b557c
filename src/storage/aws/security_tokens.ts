/**
 * Credentials for a role, from the Security Token Service.
 * Source: AWS STS API reference 2011-06-15, AssumeRole and AssumeRoleWithWebIdentity.
 */
import { AwsV4Signer } from "aws4fetch";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { xmlOf } from "../xml.ts";
import { type Answer, askFor, refusalKind } from "./answers.ts";
import { type Credentials, credentialsOf, type FoundCredentials } from "./credentials.ts";

/** Where the service is. */
export interface StsPlace {
  endpoint: string;
  region: string;
}

const LIMIT_MS = 10_000;
const VERSION = "2011-06-15";
const USUAL_SESSION = "clipline";

/**
 * A role for the bearer of a token, as Kubernetes puts it into a pod's file, which is read anew each
 * time.
 * @throws {ClipError} "config" if there is no token or no role for it, "unavailable" if nobody answers,
 * or the service is too busy.
 */
export async function webIdentity(
  { tokenFile, role, session }: { tokenFile: string; role: string; session: string | undefined },
  place: StsPlace,
): Promise<FoundCredentials> {
  let token;
  try {
    token = (await Deno.readTextFile(tokenFile)).trim();
  } catch (thrown) {
    throw new ClipError(
      "config",
      `Cannot read the token '${tokenFile}' (AWS_WEB_IDENTITY_TOKEN_FILE): ${fileTrouble(thrown)}`,
    );
  }
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: VERSION,
    RoleArn: role,
    RoleSessionName: session ?? USUAL_SESSION,
    WebIdentityToken: token,
  });
  const answer = await ask(place, { method: "POST", body: form }, role);
  return rolesCredentials(answer, role);
}

/** A role for who has other credentials. @throws {ClipError} as `webIdentity`. */
export async function assumeRole(
  { role, session, externalId, seconds }: {
    role: string;
    session: string | undefined;
    externalId: string | undefined;
    /** How long the credentials are to hold; the role's own time by default. */
    seconds: string | undefined;
  },
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  place: StsPlace,
): Promise<FoundCredentials> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: VERSION,
    RoleArn: role,
    RoleSessionName: session ?? USUAL_SESSION,
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...(seconds === undefined ? {} : { DurationSeconds: seconds }),
  });
  const { headers } = await new AwsV4Signer({
    method: "POST",
    url: `${place.endpoint}/`,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: String(form),
    service: "sts",
    region: place.region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }).sign();
  const answer = await ask(place, { method: "POST", headers, body: String(form) }, role);
  return rolesCredentials(answer, role);
}

async function ask({ endpoint }: StsPlace, init: RequestInit, role: string): Promise<Answer> {
  try {
    return await askFor(`${endpoint}/`, init, LIMIT_MS);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ClipError(
      "unavailable",
      `No credentials for the role ${role}: ${endpoint} is not reached (${why})`,
    );
  }
}

function rolesCredentials(answer: Answer, role: string): FoundCredentials {
  const { status, text } = answer;
  // What is no XML is told by its status.
  const found = xmlOf(text);
  const given = found?.find("Credentials");
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
  ].map((name) => given?.child(name));
  if (status !== 200 || !accessKeyId || !secretAccessKey) {
    const error = found?.find("Error");
    const why = error === undefined
      ? `the service answers ${status}`
      : `${error.child("Message") ?? ""} (${error.child("Code") ?? status})`;
    throw new ClipError(refusalKind(answer), `No credentials for the role ${role}: ${why}`);
  }
  const expiresAt = Date.parse(expiration ?? "");
  return {
    credentials: credentialsOf(accessKeyId, secretAccessKey, sessionToken, expiresAt),
    source: `the role ${role}`,
  };
}
