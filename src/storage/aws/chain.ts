/**
 * Where credentials are looked for, in the order of the AWS tools: environment, web identity (EKS),
 * profile, container (ECS, EKS), instance (EC2), nobody.
 */
import { ClipError } from "../../errors.ts";
import { containerCredentials } from "./container.ts";
import type { CredentialProvider, FoundCredentials } from "./credentials.ts";
import { type Environment, isOn } from "./environment.ts";
import { instanceCredentials } from "./instance.ts";
import { type Profile, readProfile, type Section } from "./profiles.ts";
import { assumeRole, type StsPlace, webIdentity } from "./security_tokens.ts";
import { endpointOf, regionOf, serviceEndpoint } from "./settings.ts";

/**
 * The provider that looks at all of them, each time that it is asked.
 * @param first the profile as it is now; later its files are read anew: other tools write them.
 */
export function credentialChain(environment: Environment, first: Profile): CredentialProvider {
  let read: Profile | undefined = first;
  return async () => {
    const profile = read ?? await readProfile(environment);
    read = undefined;
    if (isOn(environment("AWS_NO_SIGN_REQUEST"))) return undefined;
    return ofEnvironment(environment) ??
      await ofWebIdentity(environment, profile) ??
      await ofProfile(profile.name, profile.keys, profile, environment) ??
      await containerCredentials(environment) ??
      await instanceCredentials(environment);
  };
}

/** What the chain looks at, for a message that nothing was found. */
export const WHERE_LOOKED = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";

function ofEnvironment(environment: Environment): FoundCredentials | undefined {
  const accessKeyId = environment("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, lacking] = accessKeyId === undefined
      ? ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]
      : ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    throw new ClipError("config", `${there} is set, and ${lacking} is not: both are needed`);
  }
  const sessionToken = environment("AWS_SESSION_TOKEN");
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    source: "the environment (AWS_ACCESS_KEY_ID)",
  };
}

async function ofWebIdentity(
  environment: Environment,
  profile: Profile,
): Promise<FoundCredentials | undefined> {
  const tokenFile = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  const role = environment("AWS_ROLE_ARN");
  if (tokenFile === undefined || role === undefined) return undefined;
  const session = environment("AWS_ROLE_SESSION_NAME");
  return await webIdentity({ tokenFile, role, session }, stsPlace(environment, profile));
}

/** Roles that lead to roles. */
const MOST_PROFILES = 5;

async function ofProfile(
  name: string,
  keys: Section,
  profile: Profile,
  environment: Environment,
  depth = 0,
): Promise<FoundCredentials | undefined> {
  const role = keys.get("role_arn");
  const source = keys.get("source_profile");
  const session = keys.get("role_session_name");
  const accessKeyId = keys.get("aws_access_key_id");
  const secretAccessKey = keys.get("aws_secret_access_key");
  if (role !== undefined && !(source === name && depth > 0)) {
    const place = stsPlace(environment, profile);
    const tokenFile = keys.get("web_identity_token_file");
    if (tokenFile !== undefined) return await webIdentity({ tokenFile, role, session }, place);
    const first = await sourceOf(name, keys, profile, environment, depth);
    const externalId = keys.get("external_id");
    return await assumeRole({ role, session, externalId }, first.credentials, place);
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = keys.get("aws_session_token");
    return {
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
      source: `the AWS profile '${name}'`,
    };
  }
  for (const [key, what] of OTHER_KINDS) {
    if (!keys.has(key)) continue;
    throw new ClipError(
      "config",
      `The AWS profile '${name}' has its credentials from ${what} ('${key}'), which is not read ` +
        `here: eval "$(aws configure export-credentials --profile ${name} --format env)" puts ` +
        "them into the environment",
    );
  }
  return undefined;
}

const OTHER_KINDS = [
  ["sso_session", "single sign-on"],
  ["sso_start_url", "single sign-on"],
  ["credential_process", "a program"],
  ["login_session", "a login session"],
] as const;

/** Whose credentials ask for the role. */
async function sourceOf(
  name: string,
  keys: Section,
  profile: Profile,
  environment: Environment,
  depth: number,
): Promise<FoundCredentials> {
  const source = keys.get("source_profile");
  let found: FoundCredentials | undefined;
  if (source !== undefined) {
    const other = source === name ? withoutRole(keys) : profile.other(source);
    if (other === undefined || depth === MOST_PROFILES) {
      const what = other === undefined ? "is not there" : "leads to too many others";
      throw new ClipError(
        "config",
        `The AWS profile '${name}' takes a role with the source_profile '${source}', which ${what}`,
      );
    }
    found = await ofProfile(source, other, profile, environment, depth + 1);
  } else {
    switch (keys.get("credential_source")) {
      case "Environment":
        found = ofEnvironment(environment);
        break;
      case "EcsContainer":
        found = await containerCredentials(environment);
        break;
      case "Ec2InstanceMetadata":
        found = await instanceCredentials(environment);
        break;
    }
  }
  if (found !== undefined) return found;
  throw new ClipError(
    "config",
    `The AWS profile '${name}' takes the role ${keys.get("role_arn")}, and there are no ` +
      "credentials to ask for it with (source_profile, credential_source)",
  );
}

function withoutRole(keys: Section): Section {
  return new Map([...keys].filter(([key]) => key !== "role_arn"));
}

function stsPlace(environment: Environment, profile: Profile): StsPlace {
  const region = regionOf(environment, profile) ?? "us-east-1";
  const endpoint = endpointOf("sts", environment, profile) ?? serviceEndpoint("sts", region);
  return { endpoint, region };
}
