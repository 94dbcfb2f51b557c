/**
 * Credentials that a program of the user's prints: `credential_process`.
 * Source: AWS SDKs and Tools Reference Guide, "Process credential provider"; that no shell reads the
 * line is botocore's way (1.44.8).
 */
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { commandWords } from "./command_words.ts";
import { type Credentials, credentialsOf, type FoundCredentials } from "./credentials.ts";
import { withoutSecrets } from "./secrets.ts";

/** Somebody may have to touch a key meanwhile. */
const LIMIT_MS = 60_000;
/** The most that is read of what it prints, bytes. */
const MOST_BYTES = 1 << 20;

/**
 * Runs the line of a profile's `credential_process`. The program is not given our standard input: rows
 * may come from there.
 * @param limitMs for the program to end, milliseconds
 * @throws {ClipError} "config" if it cannot be run, fails, or prints none; "unavailable" if it does not end.
 */
export async function programCredentials(
  line: string,
  profile: string,
  { limitMs = LIMIT_MS, now = Date.now }: { limitMs?: number; now?: () => number } = {},
): Promise<FoundCredentials> {
  const fail = (why: string, kind: "config" | "unavailable" = "config") =>
    new ClipError(kind, `No credentials for the AWS profile '${profile}': its program ${why}`);
  const [program, ...args] = wordsOf(line, fail);
  if (program === undefined) throw fail("is not named (credential_process)");
  // What follows may be a secret.
  const named = `'${program}' (credential_process)`;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (thrown) {
    throw fail(`${named} cannot be run: ${whyNotRun(program, thrown)}`);
  }
  const { code, stdout, stderr } = await outputOf(child, limitMs, (why) => {
    return fail(`${named} ${why}`, "unavailable");
  });
  if (code !== 0) {
    const said = withoutSecrets(stderr);
    throw fail(`${named} ends with ${code}${said === "" ? ", and says nothing" : `: ${said}`}`);
  }
  const credentials = printedCredentials(stdout, (why) => fail(`${named} ${why}`), now());
  return { credentials, source: `the program of the AWS profile '${profile}'` };
}

function wordsOf(line: string, fail: (why: string) => ClipError): string[] {
  try {
    return commandWords(line);
  } catch (thrown) {
    throw fail(
      `is written so that it cannot be read (credential_process): ${(thrown as Error).message}`,
    );
  }
}

function whyNotRun(program: string, thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) {
    return "this process may start none (deno run --allow-run)";
  }
  if (/[~$]/.test(program)) return "no shell reads this line, '~' and '$' stand for themselves";
  return fileTrouble(thrown);
}

interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** What it printed, when it has ended and nobody else holds its output. */
async function outputOf(
  child: Deno.ChildProcess,
  limitMs: number,
  fail: (why: string) => ClipError,
): Promise<Output> {
  const readers = [child.stdout.getReader(), child.stderr.getReader()] as const;
  let ended: ClipError | undefined;
  const end = (why: string) => {
    ended ??= fail(why);
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, and who it started holds its output.
    }
    for (const reader of readers) reader.cancel().catch(() => {});
  };
  const timer = setTimeout(() => end(`does not end in ${limitMs / 1000} s`), limitMs);
  try {
    const [stdout, stderr] = await Promise.all(
      readers.map((reader) => textFrom(reader, () => end("prints too much"))),
    );
    const { code } = await child.status;
    if (ended !== undefined) throw ended;
    return { code, stdout: stdout!, stderr: stderr! };
  } finally {
    clearTimeout(timer);
  }
}

async function textFrom(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  onTooMuch: () => void,
): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return await new Blob(pieces).text();
    bytes += value.length;
    if (bytes > MOST_BYTES) onTooMuch();
    else pieces.push(value);
  }
}

function printedCredentials(
  text: string,
  fail: (why: string) => ClipError,
  now: number,
): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(text.trim());
  } catch {
    throw fail("prints no JSON");
  }
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration } =
    (value ?? {}) as Record<string, unknown>;
  if (Version !== 1) {
    const there = Version === undefined ? "no Version" : `the Version ${JSON.stringify(Version)}`;
    throw fail(`prints ${there}, and 1 is what is read here`);
  }
  for (const [name, given] of Object.entries({ AccessKeyId, SecretAccessKey })) {
    if (typeof given !== "string" || given === "") throw fail(`prints no ${name}`);
  }
  const credentials = credentialsOf(
    AccessKeyId as string,
    SecretAccessKey as string,
    typeof SessionToken === "string" ? SessionToken : undefined,
  );
  if (Expiration === undefined || Expiration === null || Expiration === "") return credentials;
  const expiresAt = typeof Expiration === "string" ? Date.parse(Expiration) : NaN;
  if (Number.isNaN(expiresAt)) throw fail("prints an Expiration that is no time (ISO 8601)");
  if (expiresAt <= now) {
    throw fail(`prints credentials that ended at ${new Date(expiresAt).toISOString()}`);
  }
  return { ...credentials, expiresAt };
}
