/** Volumes with data, and that a job's pods have what is asked of them. */
import {
  type DataClaim,
  WRITABLE_FOLDERS,
} from "../../../deployment/jobs/kubernetes/kubernetes_plan.ts";
import { isObjectAddress, parseObjectAddress } from "../../../storage/object_address.ts";
import type { Given } from "../../words/given.ts";

const DEFAULT_PATH = "/workspace";

/** Where nothing can be mounted: the program, the system, and what the pod has there itself. */
const TAKEN = /^\/(app|etc|usr|lib|bin|sbin|proc|sys|dev|tmp|cache|models)?(\/|$)/;

/** `--claim photos=/data`. @throws {ClipError} "config" */
export function dataClaims(given: Given): DataClaim[] {
  const claims = given.all("claim").map((text) => {
    const [, claim, path = DEFAULT_PATH] = /^([a-z0-9][-a-z0-9.]*)(?:=(\/.*))?$/.exec(text) ?? [];
    if (claim === undefined || /\/\.{0,2}(\/|$)|:/.test(path) || TAKEN.test(path)) {
      throw given.fault(
        "--claim takes the name of a PersistentVolumeClaim, and a path of its own in the container, " +
          `as photos=/data: received "${text.slice(0, 100)}"`,
      );
    }
    return { claim, path };
  });
  for (const [i, { path }] of claims.entries()) {
    const other = claims.slice(0, i).find((before) => before.path === path);
    if (other === undefined) continue;
    throw given.fault(`--claim: two volumes are to be at ${path}: name another, as CLAIM=/data`);
  }
  return claims;
}

/** @throws {ClipError} "config" for what the pods would not find, or could not write. */
export function checkPaths(
  given: Given,
  { inputs, out }: { inputs: readonly string[]; out: string },
  claims: readonly DataClaim[],
): void {
  const isMounted = (path: string) => claims.some((claim) => isBelow(path, claim.path));
  for (const path of [...inputs, out, ...given.all("ca")]) {
    if (isObjectAddress(path)) {
      checkAccount(path, given);
      continue;
    }
    if (isMounted(path)) continue;
    throw given.fault(
      `The pods do not have '${
        path.slice(0, 200)
      }': put it on a volume, --claim CLAIM=/PATH, and ` +
        "name it by its path there; inputs and outputs may be s3://BUCKET/PREFIX too",
    );
  }
  if (isObjectAddress(out) || WRITABLE_FOLDERS.some((folder) => isBelow(out, folder))) return;
  throw given.fault(
    `--out ${out}: the image writes below ${DEFAULT_PATH} only: mount the volume there, ` +
      `--claim CLAIM=${DEFAULT_PATH}/out`,
  );
}

/** @throws {ClipError} "config" for an AWS profile that the pods have not. */
function checkAccount(address: string, given: Given): void {
  const { profile } = parseObjectAddress(address);
  const files = /^AWS_(CONFIG|SHARED_CREDENTIALS)_FILE\b/;
  if (profile === undefined || given.all("env").some((variable) => files.test(variable))) return;
  throw given.fault(
    `The pods do not have the AWS profile '${profile}' of '${address}': name the bucket alone, with ` +
      "--env AWS_ENDPOINT_URL=URL and --env-secret NAME; or put its file on a volume, and say " +
      "--env AWS_CONFIG_FILE=/PATH",
  );
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
