/** What servers tell of how a model reads texts, whatever tokenizer it has. */

/** The tokens of a text, in order. */
export interface TokenizedText {
  /** Ids `[n]`. */
  ids: Int32Array;
  /**
   * Where each token begins in the text that was given, in UTF-16 units `[n]`; -1 for tokens that
   * stand for no part of it (start and end of text).
   *
   * A tokenizer may repair a text first. What comes of a part that was repaired belongs to all of
   * that part: of `caf&eacute;` the token `é` to the whole of `&eacute;`. A token that is some of the
   * bytes of a character belongs to the whole character.
   */
  starts: Int32Array;
  /** Where each ends, exclusive, in the same units. */
  ends: Int32Array;
  /** Whether the text has more tokens than were asked for. */
  more: boolean;
}

/** How a text is tokenized. */
export interface TokenizeOptions {
  /** With those that begin and end a text. */
  addSpecialTokens: boolean;
  /** Most ids that are given, those that begin and end included; default: no limit. */
  limit?: number;
}

/**
 * A model's tokenizer, for those who ask about tokens; embedding has its own way to them. Any length
 * of text may be given: long ones are not worked on by the thread that calls. What nobody waits for any
 * more, by the signal that is given, is not worked on; the signal's reason is thrown then.
 */
export interface TextTokenizer {
  /** Ids per text that the model reads, those that begin and end it included. */
  readonly contextLength: number;

  /** Ids below it are of the vocabulary. */
  readonly vocabSize: number;

  /**
   * The tokens of `text`; not cut to `contextLength`.
   * @throws {ClipError} "invalid" where the vocabulary lacks a token; "too_large" where the text is
   * longer than is tokenized whole, or takes too long.
   */
  tokenize(text: string, options: TokenizeOptions, signal?: AbortSignal): Promise<TokenizedText>;

  /**
   * How many ids `text` has, those that begin and end it included; `limit` if it has as many or more.
   * @param limit at most `contextLength + 1`: looks at no more of the text than it takes to tell.
   * @throws {ClipError} as `tokenize`.
   */
  count(text: string, limit: number, signal?: AbortSignal): Promise<number>;

  /**
   * A text whose tokens are the last ones of `text`, `contextLength` of them with those that begin and
   * end it, fewer only where a character would be cut in two; `text` itself where it fits.
   * @throws {ClipError} as `tokenize`; "invalid" where no text has just these tokens.
   */
  keepLast(text: string, signal?: AbortSignal): Promise<string>;

  /**
   * The text that ids stand for, bytes that are no UTF-8 as U+FFFD.
   * @throws {ClipError} "invalid" for an id that is not of the vocabulary.
   */
  decode(ids: ArrayLike<number>, options: { skipSpecialTokens: boolean }): string;

  /** How the vocabulary spells a token. @throws {ClipError} "invalid" as `decode`. */
  spelling(id: number): string;

  /** Whether a token begins or ends a text. */
  isSpecial(id: number): boolean;
}
