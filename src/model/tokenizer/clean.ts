/** What openai/CLIP's tokenizer does to a text before it splits it. */

import { fixText } from "./ftfy/fix_text.ts";
import { unescapeHtml } from "./html/unescape.ts";

/**
 * `text` repaired (ftfy), with HTML character references replaced twice (for text that was escaped
 * twice), in lower case: `basic_clean`, `whitespace_clean` and `lower` of openai/CLIP.
 *
 * The original also strips the text and makes each run of white space one space. The tokens do not
 * show it, since white space only parts words, so it is left out. Gives well-formed UTF-16.
 */
export function cleanText(text: string): string {
  return unescapeHtml(unescapeHtml(fixText(text))).toLowerCase();
}
