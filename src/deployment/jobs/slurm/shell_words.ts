/** Words as a POSIX shell reads them. */

/** A word that means itself. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Words below each other, as one command; options stay beside their values. */
export function command(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const isValue = last !== undefined && /^--?\w[\w-]*$/.test(last) && !/^--?[a-z]/.test(word);
    if (isValue) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(" \\\n    ");
}
