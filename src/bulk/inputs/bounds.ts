/** What no input goes beyond, whatever its files say of themselves. */

const MIB = 1 << 20;

/** Bytes that are read at a time. */
export const CHUNK_BYTES = 256 * 1024;

/** Packed bytes that are unpacked at a time: a thousand times as many may come of them. */
export const PACKED_BYTES = 16 * 1024;

/** The largest image file that is read if nothing else is said, bytes: as servers have it. */
export const DEFAULT_MAX_IMAGE_BYTES = 32 * MIB;

/** The longest line of a text file and the longest caption, bytes: CLIP reads its first 77 tokens. */
export const MAX_LINE_BYTES = MIB;

/** The longest row of a table, bytes: there may be an image in it as `data:` URI. */
export const MAX_ROW_BYTES = 64 * MIB;

/** The largest JSON member of a tar file, bytes. */
export const MAX_JSON_BYTES = 8 * MIB;

/** Paths that the braces of one argument may stand for. */
export const MAX_BRACES = 100_000;

/** Folders in folders that are walked into. */
export const MAX_DEPTH = 256;

/** The longest footer of a Parquet file, bytes. */
export const MAX_FOOTER_BYTES = 64 * MIB;

/** Rows of a Parquet file: so many, and so many for each byte of it; runs of equal values are short. */
export const MAX_ROWS_BEYOND_BYTES = 1_000_000;
export const MAX_ROWS_PER_BYTE = 1000;

/** The largest page of a Parquet file, unpacked, bytes. */
export const MAX_PAGE_BYTES = 256 * MIB;

/** The nested columns of a row group, unpacked, bytes: they are held while it is read. */
export const MAX_ROW_GROUP_BYTES = 512 * MIB;

/** Rows of a Parquet file are unpacked so many at a time that they take about so many bytes. */
export const ROW_WINDOW_BYTES = 32 * MIB;
