/** Pages of a column, looked at before they are unpacked: their headers may say anything. */
import type { ColumnMetaData } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { MAX_PAGE_BYTES } from "../bounds.ts";
import type { RandomAccess } from "../places/random_access.ts";

/** Bytes that are read for a header; with statistics of long texts it may be longer. */
const HEADER_BYTES = [1 << 13, 1 << 20];

/** A data page. */
export interface PageLocation {
  /** Where it begins, with its header, in the file. */
  offset: bigint;
  /** Its bytes in the file, with its header. */
  compressed_page_size: number;
  /** Counted in the row group. In columns with lists it is no row: values are counted. */
  first_row_index: bigint;
}

/** Where the pages of a column are. */
function chunkRange(column: ColumnMetaData): { start: number; end: number } {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  return { start, end: start + Number(column.total_compressed_size) };
}

/**
 * Looks at the headers of all pages, and tells where those with data are, as an offset index does:
 * most files have none.
 * @throws {Error} if they are broken, or promise more than the column or `MAX_PAGE_BYTES` has.
 */
export async function checkPages(
  file: RandomAccess,
  column: ColumnMetaData,
): Promise<PageLocation[]> {
  const { start, end } = chunkRange(column);
  const most = Number(column.num_values);
  const pages: PageLocation[] = [];
  let values = 0;
  for (let at = start; at < end - 1;) {
    const { header, length } = await headerAt(file, at, end);
    const { compressed_page_size: packed, uncompressed_page_size: plain } = header;
    if (!(packed >= 0) || at + length + packed > end) throw new Error("a page is cut short");
    if (!(plain >= 0 && plain <= MAX_PAGE_BYTES)) {
      throw new Error(`a page is larger than ${MAX_PAGE_BYTES} bytes`);
    }
    if (column.codec === "UNCOMPRESSED" && plain !== packed) {
      throw new Error("a page has two sizes");
    }
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dict } = header;
    const here = (v1 ?? v2 ?? dict)?.num_values ?? 0;
    if (!(here >= 0) || here > most) throw new Error("a page has more values than its column");
    if (v1 !== undefined || v2 !== undefined) {
      const size = length + packed;
      const first = BigInt(values);
      pages.push({ offset: BigInt(at), compressed_page_size: size, first_row_index: first });
      values += here;
    }
    at += length + packed;
  }
  if (values > most) throw new Error("its pages have more values than it");
  return pages;
}

async function headerAt(file: RandomAccess, at: number, end: number) {
  for (const bytes of HEADER_BYTES) {
    const view = new DataView(await file.slice(at, Math.min(end, at + bytes)));
    const reader = { view, offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (thrown) {
      if (bytes === HEADER_BYTES.at(-1)) throw thrown;
    }
  }
  throw new Error("a page's header is broken");
}
