/**
 * Checks deno.lock against the advisories that are published for npm packages:
 *
 *     deno task audit
 *
 * Exit code 0: no package is affected. 1: some are, told one by one. 2: nothing is known, because
 * the registry could not be asked or its answer not be read.
 *
 * `NPM_CONFIG_REGISTRY` names another registry than npm's own.
 */

const REGISTRY = "https://registry.npmjs.org/";
const TIMEOUT_MS = 30_000;

/** Exit codes. */
export const AUDIT = { clean: 0, affected: 1, unknown: 2 } as const;

/** An advisory, as npm's bulk endpoint tells it. */
interface Advisory {
  title: string;
  severity: string;
  vulnerable_versions: string;
  url: string;
}

/** A version that is in the lock file, and what is published of it. */
export interface Affected {
  name: string;
  version: string;
  advisories: Advisory[];
}

/**
 * The npm packages of a lock file, each version once.
 * @param lock the text of deno.lock.
 * @throws {Error} if it is not the format of version 5.
 */
export function lockedVersions(lock: string): Map<string, string[]> {
  const { version, npm } = JSON.parse(lock) as { version: string; npm?: Record<string, unknown> };
  if (version !== "5" || npm === undefined) {
    throw new Error(`deno.lock is of version ${version}: this reads version 5 with npm packages`);
  }
  const versions = new Map<string, Set<string>>();
  for (const key of Object.keys(npm)) {
    // `@scope/name@1.2.3`, and behind `_` the peers that it was resolved with.
    const [, name, found] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    if (name === undefined) throw new Error(`deno.lock: '${key}' is no package and version`);
    const of = versions.get(name) ?? new Set();
    versions.set(name, of.add(found!));
  }
  return new Map([...versions].map(([name, of]) => [name, [...of].sort()]));
}

/**
 * Asks a registry about versions.
 * @throws {Error} if it does not answer, or not with advisories.
 */
export async function affectedVersions(
  locked: ReadonlyMap<string, readonly string[]>,
  registry: string,
): Promise<Affected[]> {
  const affected: Affected[] = [];
  const most = Math.max(0, ...[...locked.values()].map(({ length }) => length));
  // One version of each package in a question, so that the answer tells which one is meant.
  for (let i = 0; i < most; i++) {
    const asked = [...locked].filter(([, versions]) => i < versions.length)
      .map(([name, versions]) => [name, versions[i]!] as const);
    const answer = await ask(registry, asked);
    for (const [name, version] of asked) {
      const advisories = answer[name] ?? [];
      if (advisories.length > 0) affected.push({ name, version, advisories });
    }
  }
  return affected;
}

async function ask(
  registry: string,
  asked: readonly (readonly [name: string, version: string])[],
): Promise<Record<string, Advisory[]>> {
  const url = new URL("-/npm/v1/security/advisories/bulk", registry.replace(/\/?$/, "/"));
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(Object.fromEntries(asked.map(([name, version]) => [name, [version]]))),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const answer: unknown = JSON.parse(text);
  const lists = typeof answer === "object" && answer !== null && !Array.isArray(answer) &&
    Object.values(answer).every(Array.isArray);
  if (!lists) throw new Error(`${url} did not answer with advisories`);
  return answer as Record<string, Advisory[]>;
}

async function main(lockFile: string): Promise<number> {
  const locked = lockedVersions(await Deno.readTextFile(lockFile));
  const count = [...locked.values()].reduce((sum, { length }) => sum + length, 0);
  let affected: Affected[];
  try {
    affected = await affectedVersions(locked, Deno.env.get("NPM_CONFIG_REGISTRY") || REGISTRY);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    say(`Not checked: the registry could not be asked about ${count} packages: ${reason}`);
    return AUDIT.unknown;
  }
  for (const { name, version, advisories } of affected) {
    for (const { severity, title, vulnerable_versions, url } of advisories) {
      say(`${name}@${version}: ${severity}: ${title} (${vulnerable_versions}) ${url}`);
    }
  }
  say(`${count} packages checked, ${affected.length} affected`);
  return affected.length > 0 ? AUDIT.affected : AUDIT.clean;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) Deno.exit(await main(Deno.args[0] ?? "deno.lock"));
