/**
 * Where credentials are looked for, in the order of the AWS tools: environment, web identity (EKS),
 * profile, container (ECS, EKS), instance (EC2), nobody.
 */
import { containerCredentials } from "./container.ts";
import type { CredentialProvider, FoundCredentials } from "./credentials.ts";
import { type Environment, isOn, keysOfEnvironment } from "./environment.ts";
import { instanceCredentials } from "./instance.ts";
import { profileCredentials, stsPlace } from "./profile_credentials.ts";
import { type Profile, readProfile } from "./profiles.ts";
import { webIdentity } from "./security_tokens.ts";

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
    return keysOfEnvironment(environment) ??
      await ofWebIdentity(environment, profile) ??
      await profileCredentials(profile, environment) ??
      await containerCredentials(environment) ??
      await instanceCredentials(environment);
  };
}

/** What the chain looks at, for a message that nothing was found. */
export const WHERE_LOOKED = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";

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
