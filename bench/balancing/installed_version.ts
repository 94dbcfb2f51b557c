/** Which version of a balancer this machine has: some of what they do differs. */

/**
 * Its version as numbers, as [1, 22, 1].
 * @throws {Deno.errors.NotFound} it is not installed.
 * @throws {Error} it tells no version.
 */
export async function installedVersion(program: "haproxy" | "nginx"): Promise<number[]> {
  const { stdout, stderr } = await new Deno.Command(program, { args: ["-v"] }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  const version = /(?:version |nginx\/)(\d+(?:\.\d+)+)/.exec(said)?.[1];
  if (version === undefined) throw new Error(`${program} -v says: ${said}`);
  return version.split(".").map(Number);
}

/** Whether a version is another one, or newer. */
export function isSince(version: readonly number[], first: readonly number[]): boolean {
  const at = first.findIndex((number, i) => (version[i] ?? 0) !== number);
  return at === -1 || (version[at] ?? 0) > first[at]!;
}
