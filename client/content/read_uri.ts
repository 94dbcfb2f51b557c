/** The bytes behind a path, a URL or a `data:` URI. */
import { ClipClientError, wordsOf } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { isDataUri, isWebUrl } from "./string_kind.ts";

/** Characters of a path or URL that an error shows. */
const MAX_SHOWN = 200;

/**
 * Reads an image.
 * @param signal ends it.
 * @throws {ClipClientError} content: it cannot be read, and what to do; the signal's reason.
 */
export async function readUri(uri: string | URL, signal: AbortSignal): Promise<Uint8Array> {
  const text = String(uri);
  try {
    if (isDataUri(text)) return dataOf(text);
    if (isWebUrl(text)) return await fetched(text, signal);
    const { readImageFile } = await import("./files.ts");
    return await readImageFile(isFileUrl(text) ? new URL(text) : text, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
    throw new ClipClientError(
      "content",
      `Cannot read the image ${shown}: ${wordsOf(thrown)}. Where it is meant as a text, say so: ` +
        "plainText(…) or { text }",
      { cause: thrown },
    );
  }
}

function isFileUrl(text: string): boolean {
  return /^file:/i.test(text);
}

/** The bytes in a `data:` URI (RFC 2397). */
function dataOf(uri: string): Uint8Array {
  const comma = uri.indexOf(",");
  if (comma < 0) throw new SyntaxError("a data: URI has a comma before its data");
  const data = uri.slice(comma + 1);
  if (/;\s*base64\s*$/i.test(uri.slice(0, comma))) {
    return decodeBase64(data.includes("%") ? decodeURIComponent(data) : data);
  }
  const bytes = new Uint8Array(data.length);
  let length = 0;
  for (let at = 0; at < data.length; at++) {
    const code = data[at] === "%" ? parseInt(data.slice(at + 1, at + 3), 16) : NaN;
    if (Number.isNaN(code)) bytes[length++] = data.charCodeAt(at);
    else {
      bytes[length++] = code;
      at += 2;
    }
  }
  return bytes.subarray(0, length);
}

async function fetched(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the server there answers ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
