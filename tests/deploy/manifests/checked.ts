/** Kubernetes objects before judges of their own kind: the API server's code, and the schemas. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runFed } from "../../support/fed_program.ts";
import { goProgramOf } from "../../support/go_program.ts";
import { pythonEnvironment } from "../../support/python_environment.ts";

/** An object of Kubernetes, as far as tests look at all kinds alike. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

/** Of which the manifests use something: probes by gRPC, budgets that do not count pods that are not ready. */
export const OLDEST_KUBERNETES = "1.27";

/** Objects by what they come from: a file, or how they were made. */
export type ManifestSets = ReadonlyMap<string, readonly Manifest[]>;

/**
 * Passes if nothing is wrong with any object: by all versions of Kubernetes that kubernetes-validate
 * has schemas of, no field of which may be unknown; by the API server's own validation, and the
 * "restricted" Pod Security Standard, of the newest; ServiceMonitors and KServe's kinds by the types of
 * their projects.
 *
 * @param oldest The oldest version of Kubernetes that is to take them.
 */
export async function assertValid(
  sets: ManifestSets,
  oldest: string = OLDEST_KUBERNETES,
): Promise<void> {
  const said = await faultsIn(sets, oldest);
  assert.deepEqual(said, []);
}

/** What is wrong, a line each; equal objects are looked at once. */
export async function faultsIn(
  sets: ManifestSets,
  oldest: string = OLDEST_KUBERNETES,
): Promise<string[]> {
  const places = new Map<string, string>();
  for (const [from, manifests] of sets) {
    for (const manifest of manifests) {
      const text = JSON.stringify(manifest);
      const { kind, metadata } = manifest;
      if (!places.has(text)) places.set(text, `${from}: ${kind} ${metadata?.name}`);
    }
  }
  const lines = [...places.keys()];
  const [bySchema, byServer] = await Promise.all([
    judged(lines.filter((line) => !isOf(line, "monitoring.coreos.com")), () => schemas(oldest)),
    judged(lines.filter((line) => !isOf(line, "serving.kserve.io")), apiServer),
  ]);
  return lines.flatMap((line) =>
    [...bySchema.get(line) ?? [], ...byServer.get(line) ?? []].map((fault) =>
      `${places.get(line)}: ${fault}`
    )
  );
}

function isOf(line: string, group: string): boolean {
  return (JSON.parse(line) as Manifest).apiVersion.startsWith(`${group}/`);
}

async function schemas(oldest: string): Promise<string[]> {
  const python = await pythonEnvironment(new URL("schemas.txt", import.meta.url));
  return [python, fileURLToPath(new URL("schemas.py", import.meta.url)), oldest];
}

async function apiServer(): Promise<string[]> {
  return [await goProgramOf(new URL("apiserver/", import.meta.url))];
}

/** Asks a program that reads an object a line and answers with a list of faults. */
async function judged(
  lines: readonly string[],
  program: () => Promise<string[]>,
): Promise<Map<string, string[]>> {
  if (lines.length === 0) return new Map();
  const [command, ...args] = await program() as [string, ...string[]];
  const { ok, stdout, stderr } = await runFed(
    command,
    args,
    lines.map((line) => `${line}\n`).join(""),
  );
  assert.ok(ok, stderr);
  const answers = stdout.trimEnd().split("\n");
  assert.equal(answers.length, lines.length);
  return new Map(lines.map((line, index) => [line, JSON.parse(answers[index]!) as string[]]));
}
