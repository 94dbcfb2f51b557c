/** Content negotiation between the page for people and the JSON for programs. */

interface Range {
  type: string;
  subtype: string;
  q: number;
}

/**
 * Whether a request's `Accept` asks for HTML rather than JSON, by quality values (RFC 9110, section
 * 12.5.1). A draw goes to JSON: curl and aiohttp send a bare wildcard, and programs came first.
 */
export function prefersHtml(accept: string | null): boolean {
  if (accept === null) return false;
  const ranges = accept.split(",").map(parseRange).filter((range) => range !== undefined);
  return quality(ranges, "text", "html") > quality(ranges, "application", "json");
}

/** The quality of the most specific range that covers a type; 0 if none does. */
function quality(ranges: readonly Range[], type: string, subtype: string): number {
  const covering = (t: string, s: string) => ranges.find((r) => r.type === t && r.subtype === s);
  const best = covering(type, subtype) ?? covering(type, "*") ?? covering("*", "*");
  return best?.q ?? 0;
}

function parseRange(text: string): Range | undefined {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const match = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/.exec(name);
  if (!match) return undefined;
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const q = weight === undefined ? 1 : Number(weight.slice(weight.indexOf("=") + 1));
  return { type: match[1]!, subtype: match[2]!, q: q >= 0 && q <= 1 ? q : 0 };
}
