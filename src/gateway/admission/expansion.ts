/** To how much a packed message may unpack: little that is sent must not cost much. */

/**
 * A message may unpack to this much whatever was sent. What clients repeat on purpose stays below
 * it where the ratio would not let it pass: 100,000 equal captions are 6.5 MB of JSON, of which gzip
 * leaves a 150th to a 300th and Brotli hardly anything.
 */
const FREE_BYTES = 8 * 2 ** 20;

/**
 * The most bytes that a message may unpack to.
 * @param sentBytes what came.
 * @param maxMessageBytes bound on any message, packed or not.
 * @param maxRatio to what was sent, beyond what is free.
 */
export function maxUnpacked(sentBytes: number, maxMessageBytes: number, maxRatio: number): number {
  return Math.min(maxMessageBytes, FREE_BYTES + maxRatio * sentBytes);
}
