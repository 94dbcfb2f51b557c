/** How many tokens the texts of a request were. */

/** Counts them, while embeddings come. */
export class TokenUsage {
  #tokens = 0;

  /** Token ids that the model was given for the texts so far, start and end of text included. */
  get tokens(): number {
    return this.#tokens;
  }

  /** A text of so many ids was embedded, or is known. */
  add(tokens: number): void {
    this.#tokens += tokens;
  }
}
