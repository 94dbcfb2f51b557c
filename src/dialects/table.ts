/** The dialects that are spoken. */
import type { Dialect } from "../exchange/dialect.ts";
import type { DialectContext } from "./context.ts";
import { jinaDialect } from "./jina/dialect.ts";

/** Makes a dialect. */
export type DialectMaker = (context: DialectContext) => Dialect;

/**
 * All dialects. Where two of them have the same path and method the first one's is served; what
 * belongs to none is refused in the first one's manner.
 */
export const DIALECTS: readonly DialectMaker[] = [
  jinaDialect,
];
