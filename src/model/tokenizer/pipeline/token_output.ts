/** Where tokens go as they are found. */

/** The tokens of a text so far. */
export interface TokenOutput {
  readonly ids: number[];
  /** So many ids are wanted; there may be more. */
  readonly enough: number;
  /** Where the tokens are in the part that is worked on, if that is wanted. */
  readonly places?: TokenPlaces | undefined;
}

/** Begin and end of each token, exclusive: UTF-16 units. */
export interface TokenPlaces {
  readonly starts: number[];
  readonly ends: number[];
}

/** Adds a token. */
export function addToken(out: TokenOutput, id: number, start: number, end: number): void {
  out.ids.push(id);
  out.places?.starts.push(start);
  out.places?.ends.push(end);
}
