/** Many keys in one text, as SQLite's `group_concat` joins them: faster than as many rows. */

/** Whole numbers, not negative, out of a text with commas between them. */
export function numbersOf(text: string): Float64Array {
  let count = 1;
  for (let at = text.indexOf(","); at >= 0; at = text.indexOf(",", at + 1)) count++;
  const numbers = new Float64Array(count);
  let [value, into] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 44) {
      numbers[into++] = value;
      value = 0;
    } else value = value * 10 + unit - 48;
  }
  numbers[into] = value;
  return numbers;
}
