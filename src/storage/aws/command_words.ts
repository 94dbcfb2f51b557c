/**
 * A command line taken apart as POSIX shells do it, without anything that shells expand.
 * Source: `shlex.split` of Python, by which botocore@1.44.8 reads `credential_process`.
 */

/** @throws {Error} if a quotation is not closed, or nothing follows a last backslash. */
export function commandWords(line: string): string[] {
  const words: string[] = [];
  // Quoted and plain pieces of a word, or the space between two.
  const piece = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/suy;
  let word: string | undefined;
  while (piece.lastIndex < line.length) {
    const at = piece.lastIndex;
    const found = piece.exec(line);
    if (found === null) {
      throw new Error(
        line[at] === "\\" ? "nothing follows its '\\'" : `a ${line[at]} is not closed`,
      );
    }
    const [, single, double, escaped, plain, space] = found;
    if (space === undefined) {
      word = (word ?? "") + (single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? plain!);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
