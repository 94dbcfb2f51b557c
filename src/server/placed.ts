/** Faults of one key of the flow that only the start finds, with the place where the key stands. */
import { ClipError, KeyError } from "../errors.ts";
import type { Places } from "../flow/places.ts";

/**
 * Puts the place in the flow before a fault of one of its keys; anything else comes back as it is.
 * @param instead the key whose place it is if the flow does not have the key
 */
export function placed(thrown: unknown, places: Places, instead?: string): unknown {
  if (!(thrown instanceof KeyError)) return thrown;
  const place = places[thrown.key] ?? (instead === undefined ? undefined : places[instead]);
  if (place === undefined) return thrown;
  return new ClipError(thrown.kind, `${place}: ${thrown.message}`, { cause: thrown });
}
