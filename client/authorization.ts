/** What a client shows to be let in. */
import { ClipClientError } from "./errors.ts";

/** Variable that `clip_client` reads where it is given nothing. */
const VARIABLE = "CLIP_AUTH_TOKEN";

interface Runtime {
  process?: { env?: Record<string, string | undefined> };
  Deno?: {
    permissions: { querySync(what: { name: "env"; variable: string }): { state: string } };
  };
}

/**
 * The header `authorization`: a key as `Bearer KEY`, a credential as it stands, else the variable
 * `CLIP_AUTH_TOKEN` where it may be read (Deno is not asked for the right).
 * @throws {ClipClientError} usage: a key that cannot stand in a header.
 */
export function authorizationOf(
  apiKey: string | undefined,
  credential: { Authorization?: string } | undefined,
): string | undefined {
  const given = apiKey !== undefined ? `Bearer ${apiKey}` : credential?.Authorization ?? fromEnv();
  if (given === undefined || given === "") return undefined;
  if (!/^[\x20-\x7e]+$/.test(given)) {
    throw new ClipClientError("usage", "The API key has characters that no header can carry");
  }
  return given;
}

function fromEnv(): string | undefined {
  const { process, Deno } = globalThis as Runtime;
  const allowed = Deno === undefined ||
    Deno.permissions.querySync({ name: "env", variable: VARIABLE }).state === "granted";
  return allowed ? process?.env?.[VARIABLE] : undefined;
}
