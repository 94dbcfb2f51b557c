/**
 * `multipart/form-data` (RFC 7578, RFC 2046 section 5.1), read from a body that is there: parts are
 * views of it, and a large one is gone through in slices.
 */
import { Buffer } from "node:buffer";
import { ClipError } from "../errors.ts";
import type { Sliced, Slices } from "./slices.ts";

/** Bounds on what a form may consist of. */
const MAX_PARTS = 64;
const MAX_HEADER_BYTES = 8192;
/** By RFC 2046. */
const MAX_BOUNDARY = 70;

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const TAB = 0x09;
const SPACE = 0x20;

/** One field of a form. */
export interface FormPart {
  name: string;
  /** Of a file; undefined for a plain field. */
  filename: string | undefined;
  /** A view of the body. */
  bytes: Uint8Array;
}

/**
 * The fields of a form, in their order.
 * @throws {ClipError} "invalid": it is none, or has an end too few; "too_large": of more parts or
 * longer headers than are read.
 */
export function* readMultipart(
  body: Uint8Array,
  contentType: string | undefined,
  slices: Slices,
): Sliced<FormPart[]> {
  const boundary = boundaryOf(contentType);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const parts: FormPart[] = [];
  // The first boundary may be the very beginning, without a line before it.
  const first = delimiter.subarray(2);
  let at = startsWith(body, first, 0) ? first.length : yield* after(body, delimiter, 0, slices);
  for (;;) {
    if (body[at] === DASH && body[at + 1] === DASH) return parts;
    at = lineEnd(body, at);
    if (parts.length === MAX_PARTS) {
      throw new ClipError("too_large", `The form has more than ${MAX_PARTS} parts`);
    }
    const headersEnd = findHeadersEnd(body, at);
    const headers = Buffer.from(body.buffer, body.byteOffset + at, headersEnd - at).toString();
    const from = headersEnd + 2;
    // The line that ends the headers may be the one that the next boundary begins with.
    const next = yield* after(body, delimiter, from - 2, slices);
    const bytes = body.subarray(from, Math.max(from, next - delimiter.length));
    parts.push({ ...disposition(headers), bytes });
    at = next;
  }
}

function boundaryOf(contentType = ""): string {
  const found = /;\s*boundary=(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2] ?? "";
  if (boundary !== "" && boundary.length <= MAX_BOUNDARY) return boundary;
  throw broken(
    boundary === ""
      ? "its Content-Type names no boundary"
      : `its boundary is longer than ${MAX_BOUNDARY} characters`,
  );
}

/** Where what follows the next delimiter begins, looked for from `start`. */
function* after(
  body: Uint8Array,
  delimiter: Uint8Array,
  start: number,
  slices: Slices,
): Sliced<number> {
  for (let from = start;;) {
    const at = body.indexOf(CR, from);
    if (at < 0) throw broken("it ends before its last boundary");
    if (startsWith(body, delimiter, at)) return at + delimiter.length;
    // A look costs more than the bytes that are passed over: of carriage returns there may be many.
    if (slices.spent(at - from + LOOK_UNITS)) yield;
    from = at + 1;
  }
}

/** Units of work of a place where a delimiter could begin. */
const LOOK_UNITS = 40;

function startsWith(body: Uint8Array, prefix: Uint8Array, at: number): boolean {
  if (at + prefix.length > body.length) return false;
  for (let i = 0; i < prefix.length; i++) if (body[at + i] !== prefix[i]) return false;
  return true;
}

/** Behind the line end that follows a delimiter, perhaps after blanks. */
function lineEnd(body: Uint8Array, start: number): number {
  let at = start;
  while (at - start < MAX_HEADER_BYTES && (body[at] === SPACE || body[at] === TAB)) at++;
  if (body[at] === CR && body[at + 1] === LF) return at + 2;
  throw broken("a boundary is not followed by a line end");
}

const EMPTY_LINE = Buffer.from("\r\n\r\n");

/** Where the last line of a part's headers ends, its line end included; `at` if there are none. */
function findHeadersEnd(body: Uint8Array, at: number): number {
  if (body[at] === CR && body[at + 1] === LF) return at;
  const head = Buffer.from(
    body.buffer,
    body.byteOffset + at,
    Math.min(MAX_HEADER_BYTES, body.length - at),
  );
  const end = head.indexOf(EMPTY_LINE);
  if (end >= 0) return at + end + 2;
  if (head.length < MAX_HEADER_BYTES) throw broken("it ends within the headers of a part");
  throw new ClipError(
    "too_large",
    `The form has a part with headers of more than ${MAX_HEADER_BYTES} bytes`,
  );
}

/** A parameter of a header: its name, and its value quoted or bare. */
const PARAMETER = /;\s*([^=;\s]+)=(?:"([^"]*)"|([^\s;"]+))/g;

/** The names in `Content-Disposition`. */
function disposition(headers: string): Pick<FormPart, "name" | "filename"> {
  const line = headers.split("\r\n").find((line) => /^content-disposition\s*:/i.test(line));
  if (line === undefined) throw broken("a part has no Content-Disposition");
  const parameters = new Map<string, string>();
  for (const [, key, quoted, bare] of line.matchAll(PARAMETER)) {
    parameters.set(key!.toLowerCase(), unescaped(quoted ?? bare!));
  }
  const name = parameters.get("name");
  if (name === undefined) throw broken("a part has no name");
  return { name, filename: parameters.get("filename") };
}

/** Without the escapes that browsers write; a backslash is none (WHATWG, "multipart/form-data"). */
function unescaped(value: string): string {
  return value.replace(/%22/g, '"').replace(/%0d/gi, "\r").replace(/%0a/gi, "\n");
}

function broken(reason: string): ClipError {
  return new ClipError("invalid", `The form cannot be read: ${reason}`);
}
