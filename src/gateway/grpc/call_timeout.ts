/** How long a client gives its call: the header `grpc-timeout`. */
import { ClipError } from "../../errors.ts";

const MS_OF_UNIT: Record<string, number> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Milliseconds that a call may take; `Infinity` if its client does not say.
 * @throws {ClipError} "invalid".
 */
export function callTimeoutMs(header: string | undefined): number {
  if (header === undefined) return Infinity;
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  if (!match) {
    throw new ClipError(
      "invalid",
      "grpc-timeout is up to eight digits and one of H, M, S, m, u, n",
    );
  }
  return Number(match[1]) * MS_OF_UNIT[match[2]!]!;
}
