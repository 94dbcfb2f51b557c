/**
 * Who has a minibatch that was handed to a replica ahead of time: the replica once it begins, or the
 * main thread if it takes it back before that. A replica inside `session.run()` reads no messages,
 * so this is settled in memory that both share.
 */

const FREE = 0;
const TAKEN = 1;

/** A claim that nobody has taken. */
export function newClaim(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Takes the claim; false if it was taken before. Only one of all threads succeeds. */
export function take(claim: SharedArrayBuffer): boolean {
  return Atomics.compareExchange(new Int32Array(claim), 0, FREE, TAKEN) === FREE;
}
