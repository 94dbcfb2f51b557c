/** A Compose file as Compose itself reads it, and its services as containers. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { goProgramOf } from "../../support/go_program.ts";
import { USER } from "./image_root.ts";
import type { ContainerSpec, Mount } from "./pod.ts";

/** A project, as far as we look at it (compose-go's own JSON). */
export interface ComposeProject {
  name: string;
  services: Record<string, ComposeService>;
  volumes?: Record<string, { name: string; external?: boolean }>;
  configs?: Record<string, { file: string }>;
  secrets?: Record<string, { file: string }>;
  networks?: Record<string, { name: string; driver?: string }>;
}

/** A service. Durations are texts as `35s`. */
export interface ComposeService {
  image: string;
  command: string[] | null;
  user?: string;
  environment?: Record<string, string>;
  volumes?: { type: string; source: string; target: string; read_only?: boolean }[];
  configs?: { source: string; target: string }[];
  secrets?: { source: string; target: string }[];
  tmpfs?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  networks?: Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  ports?: { target: number; published: string }[];
  expose?: string[];
  healthcheck?: { test?: string[]; disable?: boolean; start_period?: string };
  stop_grace_period?: string;
  restart?: string;
  deploy?: {
    replicas?: number;
    resources?: {
      limits?: { cpus?: number; memory?: string };
      reservations?: { devices?: { driver: string; count: number; capabilities: string[] }[] };
    };
  };
}

/**
 * Loads a file by compose-go, which checks it against the specification's JSON schema.
 * @throws {AssertionError} with what it says is wrong.
 */
export async function loadComposeFile(
  path: string,
  env: Record<string, string> = {},
): Promise<ComposeProject> {
  const { code, stdout, stderr } = await checkComposeFile(path, env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** What the checker says of a file. */
export async function checkComposeFile(
  path: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const checker = await goProgramOf(new URL("../compose_checker/", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(checker, {
    args: [path],
    cwd: dirname(path),
    env,
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Seconds of a duration as Go writes it: `1m5s`. */
export function seconds(duration: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/([\d.]+)([hms])/g)]
    .reduce((sum, [, digits, unit]) => sum + Number(digits) * units[unit!]!, 0);
}

/**
 * A service's container.
 * @param folder where the project's volumes are
 */
export function composeContainer(
  project: ComposeProject,
  name: string,
  folder: string,
): ContainerSpec {
  const service = project.services[name]!;
  assert.equal(service.user, `${USER.id}:${USER.id}`);
  assert.equal(service.read_only, true);
  assert.deepEqual(service.cap_drop, ["ALL"]);
  assert.deepEqual(service.security_opt, ["no-new-privileges:true"]);
  const files = [
    ...(service.configs ?? []).map((each) => ({ ...each, ...project.configs![each.source]! })),
    ...(service.secrets ?? []).map((each) => ({ ...each, ...project.secrets![each.source]! })),
  ];
  return {
    name,
    args: service.command ?? [],
    env: service.environment ?? {},
    mounts: [
      // As Docker mounts it where nothing else is said.
      ...(service.tmpfs ?? []).map((path): Mount => ({
        tmpfs: "mode=1777,noexec,nosuid,nodev",
        path,
      })),
      ...(service.volumes ?? []).map((volume): Mount => {
        assert.equal(volume.type, "volume");
        return {
          source: namedVolume(folder, volume.source),
          path: volume.target,
          writable: volume.read_only !== true,
        };
      }),
      ...files.map(({ file, target }): Mount => ({ source: file, path: target, writable: false })),
    ],
  };
}

/** A new volume gets the owner of the folder that the image has there. */
function namedVolume(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    Deno.mkdirSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return path;
    throw thrown;
  }
  if (Deno.uid() === 0) Deno.chownSync(path, USER.id, USER.id);
  return path;
}
