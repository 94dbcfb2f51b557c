/** What of a row is embedded. */
import type { OutputFormat } from "../outputs/formats.ts";
import type { Tower } from "../outputs/part.ts";
import type { Row } from "../row.ts";

/**
 * What of each row is embedded: its image if it has one, else its text ("any"); only one of them; or
 * both.
 */
export const EMBED_CHOICES = ["any", "image", "text", "both"] as const;
export type EmbedChoice = typeof EMBED_CHOICES[number];

/** The matrices that a choice makes. */
export function towersOf(choice: EmbedChoice): Tower[] {
  return choice === "both" ? ["image", "text"] : [choice];
}

/**
 * The choice where none was made, by the first row that can be read: a row of both has both. In
 * clip-retrieval's folders a matrix is of images or of texts.
 */
export function choiceFor(row: Row, format: OutputFormat): EmbedChoice {
  if (row.image !== undefined && row.text !== undefined) return "both";
  if (format !== "clip-retrieval") return "any";
  return row.image === undefined ? "text" : "image";
}

/** What of a row goes into each matrix, or why it cannot. */
export function sourcesOf(
  row: Row,
  towers: readonly Tower[],
): ("image" | "text")[] | { reason: string } {
  const sources: ("image" | "text")[] = [];
  for (const tower of towers) {
    const source = tower === "any" ? row.image === undefined ? "text" : "image" : tower;
    if (row[source] === undefined) {
      if (tower === "any") return { reason: "there is neither a text nor an image" };
      return {
        reason: towers.length === 1
          ? `there is no ${source}, and ${source}s are embedded`
          : `there is no ${source}, and texts and images are embedded`,
      };
    }
    sources.push(source);
  }
  return sources;
}
