/** Credentials of a profile: its keys, a role, single sign-on, or a program. */
import { ClipError } from "../../errors.ts";
import { containerCredentials } from "./container.ts";
import { credentialsOf, type FoundCredentials } from "./credentials.ts";
import { type Environment, keysOfEnvironment } from "./environment.ts";
import { instanceCredentials } from "./instance.ts";
import type { Profile } from "./profiles.ts";
import { programCredentials } from "./program.ts";
import type { Section } from "./sections.ts";
import { assumeRole, type StsPlace, webIdentity } from "./security_tokens.ts";
import { endpointOf, regionOf, serviceEndpoint } from "./settings.ts";
import { isSso, ssoCredentials } from "./sso.ts";

/** Roles that lead to roles. */
const MOST_PROFILES = 5;

/** Those of the profile in use; `undefined` if it has none. @throws {ClipError} if those that it says are not to be had. */
export function profileCredentials(
  profile: Profile,
  environment: Environment,
): Promise<FoundCredentials | undefined> {
  return new ProfileChain(profile, environment).of(profile.name, profile.keys, 0);
}

/** Where the Security Token Service is, for a profile. */
export function stsPlace(environment: Environment, profile: Profile): StsPlace {
  const region = regionOf(environment, profile) ?? "us-east-1";
  const endpoint = endpointOf("sts", environment, profile) ?? serviceEndpoint("sts", region);
  return { endpoint, region };
}

/** Profiles that lead from one to another. */
class ProfileChain {
  readonly #profile: Profile;
  readonly #environment: Environment;

  constructor(profile: Profile, environment: Environment) {
    this.#profile = profile;
    this.#environment = environment;
  }

  /** @param depth how many led here. */
  async of(name: string, keys: Section, depth: number): Promise<FoundCredentials | undefined> {
    const role = keys.get("role_arn");
    const isItsOwnSource = depth > 0 && keys.get("source_profile") === name;
    if (role !== undefined && !isItsOwnSource) return await this.#ofRole(name, role, keys, depth);
    if (isSso(keys)) return await ssoCredentials(name, keys, this.#profile, this.#environment);
    const own = ownKeys(name, keys);
    if (own !== undefined) return own;
    const program = keys.get("credential_process");
    if (program !== undefined) return await programCredentials(program, name);
    throwIfElsewhere(name, keys);
    return undefined;
  }

  async #ofRole(
    name: string,
    role: string,
    keys: Section,
    depth: number,
  ): Promise<FoundCredentials> {
    const place = stsPlace(this.#environment, this.#profile);
    const session = keys.get("role_session_name");
    const tokenFile = keys.get("web_identity_token_file");
    if (tokenFile !== undefined) return await webIdentity({ tokenFile, role, session }, place);
    if (keys.has("mfa_serial")) {
      throw elsewhere(name, "a role that wants a code each time ('mfa_serial')");
    }
    const first = await this.#sourceOf(name, keys, depth);
    const seconds = keys.get("duration_seconds");
    return await assumeRole(
      {
        role,
        session,
        externalId: keys.get("external_id"),
        seconds: /^\d+$/.test(seconds ?? "") ? seconds : undefined,
      },
      first.credentials,
      place,
    );
  }

  /** Whose credentials ask for the role. */
  async #sourceOf(name: string, keys: Section, depth: number): Promise<FoundCredentials> {
    const source = keys.get("source_profile");
    const from = keys.get("credential_source");
    const fail = (why: string) =>
      new ClipError("config", `The AWS profile '${name}' takes a role, and ${why}`);
    if (source !== undefined && from !== undefined) {
      throw fail("has both source_profile and credential_source: one says who asks for it");
    }
    const found = source !== undefined
      ? await this.#ofSource(name, source, keys, depth)
      : await this.#ofPlace(from, fail);
    if (found !== undefined) return found;
    throw fail(
      `there are no credentials to ask for ${keys.get("role_arn")} with (source_profile, ` +
        "credential_source)",
    );
  }

  async #ofSource(name: string, source: string, keys: Section, depth: number) {
    const other = source === name ? withoutRole(keys) : this.#profile.other(source);
    if (other !== undefined && depth < MOST_PROFILES) {
      return await this.of(source, other, depth + 1);
    }
    const what = other === undefined ? "is not there" : "leads to too many others";
    throw new ClipError(
      "config",
      `The AWS profile '${name}' takes a role with the source_profile '${source}', which ${what}`,
    );
  }

  async #ofPlace(place: string | undefined, fail: (why: string) => ClipError) {
    switch (place) {
      case undefined:
        return undefined;
      case "Environment":
        return keysOfEnvironment(this.#environment);
      case "EcsContainer":
        return await containerCredentials(this.#environment);
      case "Ec2InstanceMetadata":
        return await instanceCredentials(this.#environment);
    }
    throw fail(
      `credential_source = ${place}: it is Environment, EcsContainer or Ec2InstanceMetadata`,
    );
  }
}

function ownKeys(name: string, keys: Section): FoundCredentials | undefined {
  const accessKeyId = keys.get("aws_access_key_id");
  const secretAccessKey = keys.get("aws_secret_access_key");
  if (!accessKeyId || !secretAccessKey) return undefined;
  return {
    credentials: credentialsOf(accessKeyId, secretAccessKey, keys.get("aws_session_token")),
    source: `the AWS profile '${name}'`,
  };
}

/** @throws {ClipError} for kinds of credentials that only AWS's own tools get. */
function throwIfElsewhere(name: string, keys: Section): void {
  if (keys.has("login_session")) throw elsewhere(name, "a login session ('login_session')");
  if (keys.has("sso_session") || keys.has("sso_start_url")) {
    throw new ClipError(
      "config",
      `The AWS profile '${name}' is one of single sign-on, and lacks sso_account_id, sso_role_name`,
    );
  }
}

function elsewhere(name: string, what: string): ClipError {
  return new ClipError(
    "config",
    `The AWS profile '${name}' has its credentials from ${what}, which is not read here: ` +
      `eval "$(aws configure export-credentials --profile ${name} --format env)" puts them into ` +
      "the environment",
  );
}

function withoutRole(keys: Section): Section {
  return new Map([...keys].filter(([key]) => key !== "role_arn"));
}
