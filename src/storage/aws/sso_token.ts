/**
 * The token of a single sign-on, as `aws sso login` leaves it in `~/.aws/sso/cache`, and its renewal.
 * Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider"; botocore@1.44.8
 * (`SSOTokenProvider`); IAM Identity Center OIDC API reference, CreateToken.
 */
import { createHash } from "node:crypto";
import { ClipError } from "../../errors.ts";
import { type Answer, askFor } from "./answers.ts";
import type { Environment } from "./environment.ts";
import { sharedFile } from "./profiles.ts";

/** Where somebody signs on, and which token is theirs. */
export interface SsoLogin {
  /** The profile, for who has to sign on again. */
  profile: string;
  startUrl: string;
  /** The section `sso-session`; undefined for profiles of the older form, whose tokens are not renewed. */
  session: string | undefined;
  /** The service that renews tokens. */
  oidcEndpoint: string;
}

/** The token is renewed so long before its end. */
const EARLY_MS = 15 * 60_000;
const LIMIT_MS = 10_000;

/** What the file says; there is more in it, which stays. */
interface CachedToken extends Record<string, unknown> {
  accessToken: string;
  expiresAt: string;
}

/**
 * The token, renewed if it is about to end and can be.
 * @throws {ClipError} "config" if there is none that holds: somebody has to sign on.
 */
export async function ssoToken(
  login: SsoLogin,
  environment: Environment,
  now: number = Date.now(),
): Promise<string> {
  const name = createHash("sha1").update(login.session ?? login.startUrl).digest("hex");
  const path = sharedFile(environment, "sso", "cache", `${name}.json`);
  const token = await readToken(path, login);
  const left = timeOf(token.expiresAt) - now;
  if (left > EARLY_MS) return token.accessToken;
  const renewed = await renewedToken(token, login, now);
  if (renewed !== undefined) {
    await keepToken(path!, renewed);
    return renewed.accessToken;
  }
  if (left > 0) return token.accessToken;
  throw signOn(login, "the login has ended");
}

/** Somebody has to sign on. @param why `the login has ended`. */
export function signOn({ profile }: Pick<SsoLogin, "profile">, why: string): ClipError {
  return new ClipError(
    "config",
    `No credentials for the AWS profile '${profile}' from single sign-on: ${why}; run: ` +
      `aws sso login --profile ${profile}`,
  );
}

async function readToken(path: string | undefined, login: SsoLogin): Promise<CachedToken> {
  let value: Partial<CachedToken> | null;
  try {
    if (path === undefined) throw new Error("there is no home folder (HOME)");
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (thrown) {
    throw signOn(
      login,
      thrown instanceof Deno.errors.NotFound
        ? "nobody has logged in"
        : `the login is not to be read ('${path}')`,
    );
  }
  const { accessToken, expiresAt } = value ?? {};
  if (typeof accessToken === "string" && !Number.isNaN(timeOf(expiresAt))) {
    return value as CachedToken;
  }
  throw signOn(login, `there is no token in '${path}'`);
}

/** A new token for the old one; `undefined` if it is not to be had. */
async function renewedToken(
  token: CachedToken,
  { session, oidcEndpoint }: SsoLogin,
  now: number,
): Promise<CachedToken | undefined> {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = token;
  const isRegistered = timeOf(registrationExpiresAt) > now;
  if (session === undefined || !clientId || !clientSecret || !refreshToken || !isRegistered) {
    return undefined;
  }
  let answer: Answer;
  try {
    answer = await askFor(`${oidcEndpoint}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ grantType: "refresh_token", clientId, clientSecret, refreshToken }),
    }, LIMIT_MS);
  } catch {
    return undefined;
  }
  const given = answer.status === 200 ? objectOf(answer.text) : {};
  const { accessToken, expiresIn, refreshToken: next } = given;
  if (typeof accessToken !== "string" || typeof expiresIn !== "number") return undefined;
  return {
    ...token,
    accessToken,
    // As the AWS tools write it: without parts of seconds.
    expiresAt: new Date(now + 1000 * expiresIn).toISOString().replace(/\.\d+/, ""),
    ...(typeof next === "string" ? { refreshToken: next } : {}),
  };
}

/** Older versions of the AWS tools write `2026-01-02T03:04:05UTC`. */
function timeOf(text: unknown): number {
  return Date.parse(String(text).replace(/UTC$/, "Z"));
}

/** Other tools go on with it. Where it may not be written it is renewed again next time. */
async function keepToken(path: string, token: CachedToken): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(draft, JSON.stringify(token), { mode: 0o600 });
    await Deno.rename(draft, path);
  } catch {
    await Deno.remove(draft).catch(() => {});
  }
}

/** The object that a text is in JSON; nothing in it for what is none. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
