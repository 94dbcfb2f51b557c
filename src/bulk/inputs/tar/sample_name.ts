/** Names of members of a tar file, as WebDataset reads them. */

/** A member's part in its sample. */
export interface SampleName {
  /** All up to the first dot of the file's name, folders included. */
  sample: string;
  /** What comes after that dot, in small letters: `jpg`, `cls.txt`. */
  ending: string;
}

/**
 * Which sample a member belongs to; undefined for what belongs to none: hidden names, names without
 * an ending, and WebDataset's own (`__meta__`).
 * Source: `base_plus_ext` and `group_by_keys`, webdataset@v1.0.2, src/webdataset/tariterators.py.
 */
export function sampleName(member: string): SampleName | undefined {
  const path = member.replace(/^(?:\.\/)+/, "");
  const start = path.lastIndexOf("/") + 1;
  const dot = path.indexOf(".", start);
  if (dot <= start || dot === path.length - 1 || /^__[^/]*__(\/|$)/.test(path)) return undefined;
  return { sample: path.slice(0, dot), ending: path.slice(dot + 1).toLowerCase() };
}
