/**
 * docarray's access paths: which documents of a tree a request means.
 *
 * Grammar (docarray 0.21, `array/mixins/traverse.py`): `@` and a comma list of paths; a path is a
 * chain of `r` (the documents themselves), `c` (chunks) and `m` (matches), each with an optional
 * slice: `@r`, `@c`, `@r,m`, `@cc`, `@r[:10]`, `@m[0]c[1:5:2]`. The brackets may be left out, blanks
 * are ignored.
 */
import { ClipError } from "../../../errors.ts";
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import type { Document } from "./document.ts";

/** A Python slice; absent bounds are as in Python. */
interface Slice {
  start?: number;
  stop?: number;
  step: number;
}

interface Step {
  /** r: stay, c: descend to chunks, m: descend to matches. */
  axis: "r" | "c" | "m";
  slice?: Slice;
}

/** Parsed access paths, for `selectDocuments`. */
export type AccessPaths = readonly (readonly Step[])[];

const MAX_LENGTH = 1000;
/** Distinct paths: each costs a walk over the documents. */
const MAX_PATHS = 16;
/** As deep as documents can be in one another. */
const MAX_STEPS = 100;
const STEP = /([rcm])(\[[-\d:]+\]|[-\d:]+)?/y;
const EXPECTED = "'@r', '@c', '@m', '@r,m', '@cc', '@r[:10]', …";

/**
 * Parses access paths.
 *
 * @param text as in `parameters.access_paths`.
 * @throws {ClipError} invalid: no such path; an attribute selector (`@.[image]`), which only typed
 * multimodal documents have; a document id (a path without `@`).
 */
export function parseAccessPaths(text: string): AccessPaths {
  if (text.length > MAX_LENGTH) {
    throw new ClipError(
      "invalid",
      `Cannot read access_paths as they are longer than ${MAX_LENGTH} characters: ${text.length}`,
    );
  }
  if (!text.startsWith("@")) {
    throw fault(text, "they do not start with '@'; document ids are not supported");
  }
  const paths = text.slice(1).replaceAll(/\s+/g, "");
  if (/\.[[a-zA-Z_]/.test(paths)) throw fault(text, "attribute selectors are not supported");
  const distinct = new Set(paths.split(","));
  if (distinct.size > MAX_PATHS) {
    throw fault(text, `there are ${distinct.size} paths where ${MAX_PATHS} are allowed`);
  }
  return [...distinct].map((path) => parsePath(path, text));
}

function parsePath(path: string, text: string): Step[] {
  if (path === "") throw fault(text, "there is an empty path");
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex;
    const match = STEP.exec(path);
    if (match === null) {
      throw fault(text, `'${path.slice(at)}' is neither r, c, m nor a slice`);
    }
    const slice = match[2] === undefined ? undefined : parseSlice(match[2], text);
    if (match[1] === "r" && slice === undefined && steps.length > 0) continue;
    if (steps.length === MAX_STEPS) {
      throw fault(text, `a path has more than ${MAX_STEPS} steps`);
    }
    steps.push({
      axis: match[1] as Step["axis"],
      ...(slice === undefined ? {} : { slice }),
    });
  }
  return steps;
}

function parseSlice(text: string, whole: string): Slice {
  const parts = text.replace(/^\[|\]$/g, "").split(":");
  if (parts.length > 3 || parts.some((part) => !/^(-?\d{1,9})?$/.test(part))) {
    throw fault(whole, `'${text}' is not a slice`);
  }
  const [start, stop, step] = parts.map((part) => part === "" ? undefined : Number(part));
  if (parts.length === 1) {
    // One number is one document. (docarray makes [-1] the empty slice -1:0; here it is the last.)
    if (start === undefined) throw fault(whole, `'${text}' is not a slice`);
    return start === -1 ? { start, step: 1 } : { start, stop: start + 1, step: 1 };
  }
  if (step === 0) throw fault(whole, "a slice step is zero");
  return {
    ...(start === undefined ? {} : { start }),
    ...(stop === undefined ? {} : { stop }),
    step: step ?? 1,
  };
}

/**
 * The documents that paths select, path by path, each in the order of the tree.
 *
 * A document selected by two paths is there once, at its first place: docarray's `traverse_flat`
 * has it twice, which gives it the same embedding twice.
 *
 * @param signal ends the walk over many.
 */
export function selectDocuments(
  docs: Document[],
  paths: AccessPaths,
  signal?: AbortSignal,
): Document[] | Promise<Document[]> {
  const [path] = paths;
  // The documents themselves, as nearly always: no two are one.
  if (paths.length === 1 && path!.length === 1 && path![0]!.axis === "r") {
    return sliced(docs, path![0]!.slice);
  }
  return inSlices(function* (slices) {
    const selected = new Set<Document>();
    for (const path of paths) yield* collect(docs, path, 0, selected, slices);
    return [...selected];
  }, signal);
}

/** Units of work of a document that is passed. */
const DOCUMENT_UNITS = 100;

function* collect(
  docs: Document[],
  path: readonly Step[],
  at: number,
  selected: Set<Document>,
  slices: Slices,
): Sliced<void> {
  const step = path[at];
  if (step?.axis === "r") {
    return yield* collect(sliced(docs, step.slice), path, at + 1, selected, slices);
  }
  for (const doc of docs) {
    if (step === undefined) selected.add(doc);
    else {
      const children = step.axis === "c" ? doc.chunks : doc.matches;
      if (children !== undefined) {
        yield* collect(sliced(children, step.slice), path, at + 1, selected, slices);
      }
    }
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
}

/** Python's `docs[start:stop:step]`. */
function sliced(docs: Document[], slice: Slice | undefined): Document[] {
  if (slice === undefined) return docs;
  const { step } = slice;
  const length = docs.length;
  const bound = (value: number | undefined, absent: number): number => {
    if (value === undefined) return absent;
    const index = value < 0 ? value + length : value;
    return step > 0
      ? Math.min(Math.max(index, 0), length)
      : Math.min(Math.max(index, -1), length - 1);
  };
  const start = bound(slice.start, step > 0 ? 0 : length - 1);
  const stop = bound(slice.stop, step > 0 ? length : -1);
  const picked: Document[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) picked.push(docs[i]!);
  return picked;
}

function fault(text: string, why: string): ClipError {
  return new ClipError(
    "invalid",
    `Cannot read access_paths as ${why}: received '${text.slice(0, 100)}', expected ${EXPECTED}`,
  );
}
