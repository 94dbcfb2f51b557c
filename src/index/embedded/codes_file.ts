/**
 * The codes of an index as a file: for each segment the number of its slots (u32, and zeros up to 8
 * bytes), then keys, factors, states, squares and codes, in the machine's own order of bytes.
 */
import { ClipError } from "../../errors.ts";
import { type FileSeal, readInto, SealedWriter } from "./checksummed_file.ts";
import type { CodeSegment } from "./code_segment.ts";
import { slotsPerSegment } from "./code_segment.ts";
import type { CodeStore } from "./code_store.ts";
import { codeSize } from "./coding.ts";

/** Writes them. @param file the name it will have. @throws what the system throws. */
export function writeCodes(codes: CodeStore, path: string, file: string): FileSeal {
  const writer = new SealedWriter(path);
  try {
    for (const segment of codes.segments) {
      writer.write(Uint32Array.of(segment.length, 0));
      for (const part of partsOf(segment, segment.length, codes.dimensions)) writer.write(part);
    }
    return writer.seal(file);
  } finally {
    writer.close();
  }
}

/** Reads a file that `writeCodes` wrote, byte for byte, into a store without slots. */
export function readCodes(codes: CodeStore, path: string): void {
  const file = Deno.openSync(path);
  try {
    const head = new Uint32Array(2);
    while (readInto(file, head)) {
      const length = head[0]!;
      if (length > slotsPerSegment(codes.dimensions)) throw broken(path);
      const segment = codes.addSegment();
      for (const part of partsOf(segment, length, codes.dimensions)) {
        if (!readInto(file, part)) throw broken(path);
      }
      segment.length = length;
    }
  } finally {
    file.close();
  }
}

function partsOf(
  { keys, factors, states, squares, codes }: CodeSegment,
  length: number,
  dimensions: number,
): ArrayBufferView<ArrayBuffer>[] {
  return [
    keys.subarray(0, length),
    factors.subarray(0, length),
    states.subarray(0, length),
    squares.subarray(0, length),
    codes.subarray(0, length * codeSize(dimensions)),
  ];
}

function broken(path: string): ClipError {
  return new ClipError("unavailable", `"${path}" is not whole`);
}
