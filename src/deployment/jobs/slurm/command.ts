/** A command of many words, in several lines of a script. */

/** Words below each other, as one command; values stay beside their options. */
export function command(words: readonly string[]): string {
  const lines: string[] = [];
  let option = false;
  for (const word of words) {
    const isOption = /^--?[a-z][\w-]*$/.test(word);
    if (option && !isOption) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
    option = isOption;
  }
  return lines.join(" \\\n    ");
}
