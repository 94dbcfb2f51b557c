/** What is kept of a picture beside its embedding: tags, for people and for the index's columns. */

/**
 * What the page knows of a picture.
 * @typedef {object} Facts
 * @property {string} name of the file
 * @property {string} folder "" if there is none
 * @property {string} caption "" if there is none
 * @property {string} type a MIME type; "" if it is not known
 * @property {number} bytes
 * @property {number} modified milliseconds since 1970; 0 if not known
 * @property {number} width pixels; 0 if not known
 * @property {number} height
 */

/**
 * Names under which columns may ask for a fact, in small letters and without signs.
 * @type {Record<string, (facts: Facts) => unknown>}
 */
const FACTS = {
  name: ({ name }) => name,
  file: ({ name }) => name,
  filename: ({ name }) => name,
  path: ({ folder, name }) => folder === "" ? name : `${folder}/${name}`,
  folder: ({ folder }) => folder,
  directory: ({ folder }) => folder,
  caption: ({ caption }) => caption || undefined,
  type: ({ type }) => type || undefined,
  mimetype: ({ type }) => type || undefined,
  format: ({ type }) => type.replace(/^image\//, "") || undefined,
  extension: ({ name }) => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase(),
  bytes: ({ bytes }) => bytes,
  size: ({ bytes }) => bytes,
  width: ({ width }) => width || undefined,
  height: ({ height }) => height || undefined,
  modified: ({ modified }) => modified ? new Date(modified).toISOString() : undefined,
  date: ({ modified }) => modified ? new Date(modified).toISOString() : undefined,
};
/** Kept of every picture. */
const ALWAYS = ["name", "folder", "caption", "type", "bytes", "width", "height", "modified"];

/**
 * Tags of a picture; those that are columns have the column's type, or are not there.
 * @param {Facts} facts
 * @param {Record<string, string>} columns types by name
 * @returns {Record<string, string | number>}
 */
export function tagsOf(facts, columns) {
  /** @type {Record<string, string | number>} */
  const tags = {};
  for (const name of new Set([...ALWAYS, ...Object.keys(columns)])) {
    const known = name.toLowerCase().replaceAll(/[_-]/g, "");
    const fact = Object.hasOwn(FACTS, known) ? FACTS[known]?.(facts) : undefined;
    const type = columns[name];
    if (fact === undefined || fact === "" && type === undefined) continue;
    const value = type === undefined ? fact : cast(fact, type, facts);
    if (value !== undefined) tags[name] = /** @type {string | number} */ (value);
  }
  return tags;
}

/**
 * @param {unknown} fact
 * @param {string} type
 * @param {Facts} facts
 */
function cast(fact, type, { modified }) {
  if (type === "str") return String(fact);
  // A date as a number: seconds since 1970.
  const isDate = typeof fact === "string" && modified !== 0 &&
    fact === new Date(modified).toISOString();
  const number = isDate ? modified / 1000 : typeof fact === "number" ? fact : undefined;
  return number === undefined ? undefined : type === "int" ? Math.trunc(number) : number;
}
