/** What of clients' addresses may stand in a log: never a password, a query or what lies in the URI. */

/** Where a URI leads: scheme and host; of one without a host the scheme alone. */
export function addressOf(uri: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(uri.slice(0, 64))?.[0].toLowerCase();
  if (scheme === undefined) return "file:";
  if (scheme !== "http:" && scheme !== "https:") return scheme;
  try {
    return `${scheme}//${new URL(uri).host}`;
  } catch {
    return scheme;
  }
}

/** A text whose URLs have lost their user, password, query and fragment, and data URIs their data. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"]*@/gi, "$1")
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#'"]*)[?#][^\s'"]*/gi, "$1?…")
    .replace(/\bdata:[^\s'"]*/gi, "data:…");
}
