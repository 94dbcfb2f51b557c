/** What other programs say of their failures, so that it can be shown. */

/** The most of it that is shown, characters: its end, where the reason is. */
const MOST_SHOWN = 300;

/** What follows such a name is a secret. */
const NAMED =
  /((?:secret|token|password|passwd|authorization)[\w-]*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|(?:bearer |basic )?[^\s,}]+)/gi;
/** Keys, tokens: long, of letters of both sizes and digits. */
const LONG = /[A-Za-z0-9+/_=.-]{32,}/g;

/** On one line, without what may be a secret, the end of what is long. */
export function withoutSecrets(text: string): string {
  const plain = text
    // deno-lint-ignore no-control-regex
    .replace(/\x1b\[[0-9;]*[A-Za-z]/g, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(NAMED, "$1…")
    .replace(LONG, (word) => isMixed(word) ? "…" : word);
  return plain.length > MOST_SHOWN ? `…${plain.slice(-MOST_SHOWN)}` : plain;
}

function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word);
}
