/** `Accept-Encoding`, read in one way everywhere (RFC 9110, section 12.5.3). */

/**
 * The coding of an answer: the offered one that the client weighs highest, of equal ones the first;
 * undefined where it accepts none of them. `x-gzip` is gzip, and a weight that is none is 0.
 *
 * @param accept the header as it came; absent accepts nothing, since packing has to be asked for.
 * @param offered in the order in which they are preferred.
 */
export function chooseCoding<Coding extends string>(
  accept: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  if (accept === undefined || accept === "") return undefined;
  const weights = readWeights(accept);
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get("*") ?? 0;
  let best: Coding | undefined;
  for (const coding of offered) {
    if (weightOf(coding) > (best === undefined ? 0 : weightOf(best))) best = coding;
  }
  return best;
}

function readWeights(accept: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name === "x-gzip" ? "gzip" : name, weight === undefined ? 1 : Number(weight) || 0);
  }
  return weights;
}
