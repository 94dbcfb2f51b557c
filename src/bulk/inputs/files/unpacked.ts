/** Gzip, told by its first bytes, unpacked as it comes. */
import { createGunzip } from "node:zlib";
import { PACKED_BYTES } from "../bounds.ts";

/** The first bytes of RFC 1952's files. */
const GZIP = [0x1f, 0x8b];

/** Whether the bytes begin a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return GZIP.every((byte, i) => bytes[i] === byte);
}

/**
 * The bytes as they are, or what is packed in them. Several files one after the other are one.
 * @throws {Error} if it is cut or damaged, when everything before has been given.
 */
export async function* unpacked(
  open: () => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const chunks = withWholeStart(open());
  const first = await chunks.next();
  if (first.done) return;
  if (isGzip(first.value)) return yield* gunzip(first.value, chunks);
  try {
    yield first.value;
    yield* chunks;
  } finally {
    await chunks.return(undefined);
  }
}

/** The first piece holds two bytes at least, if there are so many. */
async function* withWholeStart(
  chunks: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (start === undefined && chunk.length < GZIP.length) start = chunk;
    else if (start !== undefined && start.length < GZIP.length) {
      const joined = new Uint8Array(start.length + chunk.length);
      joined.set(start);
      joined.set(chunk, start.length);
      start = joined;
      yield joined;
    } else yield chunk;
  }
  if (start !== undefined && start.length < GZIP.length) yield start;
}

async function* gunzip(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  // What was unpacked before an error is kept: a stream that fails forgets what nobody has read.
  const ready: Uint8Array[] = [];
  stream.on("data", (piece: Uint8Array) => ready.push(piece));
  const failed = new Promise<never>((_, reject) => stream.once("error", reject));
  failed.catch(() => {});
  const give = (act: (done: () => void) => void) =>
    Promise.race([new Promise<void>((resolve) => act(resolve)), failed]);
  let fault: unknown;
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined;) {
      for (let at = 0; at < chunk.length && fault === undefined; at += PACKED_BYTES) {
        const packed = chunk.subarray(at, at + PACKED_BYTES);
        await give((done) => stream.write(packed, () => done())).catch((thrown) => fault = thrown);
        yield* ready.splice(0);
      }
      if (fault !== undefined) break;
      const next: IteratorResult<Uint8Array> = await rest.next();
      chunk = next.done ? undefined : next.value;
    }
    if (fault === undefined) {
      await give((done) => {
        stream.once("end", done);
        stream.end();
      }).catch((thrown) => fault = thrown);
      yield* ready.splice(0);
    }
  } finally {
    stream.destroy();
    await rest.return(undefined);
  }
  if (fault !== undefined) {
    throw new Error("its gzip is cut or damaged", { cause: fault });
  }
}
