/**
 * Credentials of a role in AWS's single sign-on (IAM Identity Center).
 * Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider"; IAM Identity
 * Center portal API reference, GetRoleCredentials; botocore@1.44.8 (`SSOProvider`).
 */
import { ClipError } from "../../errors.ts";
import { type Answer, askFor, refusalKind } from "./answers.ts";
import { credentialsOf, type FoundCredentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import type { Profile } from "./profiles.ts";
import type { Section } from "./sections.ts";
import { checkedRegion, endpointOf, serviceEndpoint } from "./settings.ts";
import { objectOf, signOn, type SsoLogin, ssoToken } from "./sso_token.ts";

const LIMIT_MS = 10_000;

/** Whether a profile takes its credentials there. */
export function isSso(keys: Section): boolean {
  return keys.has("sso_role_name") || keys.has("sso_account_id");
}

/**
 * Those of the role that a profile names.
 * @param name the profile's
 * @throws {ClipError} "config" if somebody has to sign on, or the profile is not whole; "unavailable" if
 * nobody answers.
 */
export async function ssoCredentials(
  name: string,
  own: Section,
  profile: Profile,
  environment: Environment,
): Promise<FoundCredentials> {
  const keys = withSession(name, own, profile);
  const lacking = ["sso_account_id", "sso_role_name", "sso_start_url", "sso_region"]
    .filter((key) => !keys.get(key));
  if (lacking.length > 0) {
    throw new ClipError(
      "config",
      `The AWS profile '${name}' is one of single sign-on, and lacks ${lacking.join(", ")}`,
    );
  }
  const region = checkedRegion(keys.get("sso_region")!, "sso_region");
  const placeOf = (service: "sso" | "sso_oidc") =>
    endpointOf(service, environment, profile) ?? serviceEndpoint(service, region);
  const login = {
    profile: name,
    startUrl: keys.get("sso_start_url")!,
    session: own.get("sso_session"),
    oidcEndpoint: placeOf("sso_oidc"),
  };
  const token = await ssoToken(login, environment);
  const role = { account: keys.get("sso_account_id")!, name: keys.get("sso_role_name")! };
  return roleCredentials(await ask(placeOf("sso"), role, token, name), role, login);
}

/** A profile's keys, with those of the session that it names. */
function withSession(name: string, own: Section, profile: Profile): Section {
  const sessionName = own.get("sso_session");
  if (sessionName === undefined) return own;
  const session = profile.ssoSession(sessionName);
  if (session === undefined) {
    throw new ClipError(
      "config",
      `The AWS profile '${name}' has sso_session = ${sessionName}, and there is no section ` +
        `[sso-session ${sessionName}]`,
    );
  }
  for (const [key, value] of session) {
    if ((own.get(key) ?? value) === value) continue;
    throw new ClipError(
      "config",
      `The AWS profile '${name}' has another ${key} than its sso-session '${sessionName}'`,
    );
  }
  return new Map([...own, ...session]);
}

interface Role {
  account: string;
  name: string;
}

async function ask(
  endpoint: string,
  role: Role,
  token: string,
  profile: string,
): Promise<Answer> {
  const query = new URLSearchParams({ role_name: role.name, account_id: role.account });
  try {
    const headers = { "x-amz-sso_bearer_token": token };
    return await askFor(`${endpoint}/federation/credentials?${query}`, { headers }, LIMIT_MS);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ClipError(
      "unavailable",
      `No credentials for the AWS profile '${profile}' from single sign-on: ${endpoint} is not ` +
        `reached (${why})`,
    );
  }
}

function roleCredentials(answer: Answer, role: Role, login: SsoLogin): FoundCredentials {
  if (answer.status === 401) throw signOn(login, "the login is not taken any more");
  const said = objectOf(answer.text);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = Object(said.roleCredentials);
  if (answer.status !== 200 || !accessKeyId || !secretAccessKey) {
    const why = typeof said.message === "string" && said.message !== ""
      ? `${said.message} (${answer.status})`
      : `the service answers ${answer.status}`;
    throw new ClipError(
      refusalKind(answer),
      `No credentials for the AWS profile '${login.profile}' from single sign-on: role ` +
        `${role.name} in account ${role.account}: ${why}`,
    );
  }
  return {
    credentials: credentialsOf(
      String(accessKeyId),
      String(secretAccessKey),
      sessionToken ? String(sessionToken) : undefined,
      typeof expiration === "number" ? expiration : undefined,
    ),
    source: `single sign-on (the AWS profile '${login.profile}')`,
  };
}
