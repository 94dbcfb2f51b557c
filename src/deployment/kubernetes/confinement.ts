/** What pods and their containers may not: all that the Pod Security Standard "restricted" forbids. */

/** The Dockerfile's user `deno` by number. */
const USER = 1993;

/** Of files of Secrets: owner and group, which is the user's by `fsGroup`. */
export const SECRET_MODE = 0o440;

/** `securityContext` of a pod. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** `securityContext` of a container: it writes into folders that are mounted, and nowhere else. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
} as const;
