/** Answers that are packed on their way out. */
import { Buffer } from "node:buffer";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { addVary, type HttpAnswer } from "../../exchange/http.ts";
import { chooseCoding } from "../../encoding/accept_encoding.ts";
import { Pace } from "../../pace.ts";

/** Answers below this are sent as they are, whatever the flow wants. */
const MIN_PACKED_BYTES = 1024;

/**
 * Where the flow does not ask for packing, answers are packed from here on. Packing costs about
 * 18 ms of the main thread for each MiB and takes away less than half of a vector's digits, so it
 * gains on slow networks alone: there a client that says what it accepts waits long for a large
 * answer, and for a small one hardly.
 */
const LARGE_ANSWER_BYTES = 2 ** 20;

/** Bytes that are packed at one go, in about a millisecond. */
const SLICE_BYTES = 64 * 1024;

/** Vectors as decimal numbers pack little better at higher levels, which cost many times as much. */
const PACKERS = {
  gzip: () => createGzip({ level: constants.Z_BEST_SPEED }),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
} as const;

const CODINGS = Object.keys(PACKERS) as (keyof typeof PACKERS)[];

/**
 * The answer, packed if its client accepts that and it is worth it.
 * @param accept the client's `Accept-Encoding`.
 * @param always the flow asks for packing.
 */
export async function packAnswer(
  answer: HttpAnswer,
  accept: string | undefined,
  always: boolean,
): Promise<HttpAnswer> {
  const { body, headers } = answer;
  if (body === null || body.length < (always ? MIN_PACKED_BYTES : LARGE_ANSWER_BYTES)) {
    return answer;
  }
  // What has a tag is the same for everybody, and packed by its owner if it is worth it.
  const settled = headers["content-encoding"] ?? headers["etag"];
  if (settled !== undefined || !isText(headers["content-type"])) return answer;
  const coding = chooseCoding(accept, CODINGS);
  if (coding === undefined) return answer;
  return {
    ...answer,
    headers: {
      ...headers,
      ...addVary(answer, "accept-encoding"),
      "content-encoding": coding,
    },
    body: await pack(body, coding),
  };
}

async function pack(body: Uint8Array, coding: keyof typeof PACKERS): Promise<Uint8Array> {
  const packer = PACKERS[coding]();
  const packed: Buffer[] = [];
  packer.on("data", (piece: Buffer) => packed.push(piece));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  packer.once("end", resolve);
  packer.once("error", reject);
  const pace = new Pace();
  for (let at = 0; at < body.length; at += SLICE_BYTES) {
    const piece = body.subarray(at, at + SLICE_BYTES);
    await new Promise<void>((resolve) => packer.write(piece, () => resolve()));
    if (pace.due) await pace.breathe();
  }
  packer.end();
  await promise;
  return Buffer.concat(packed);
}

function isText(type: string | undefined): boolean {
  return type !== undefined && /^(text\/|application\/(json|javascript))/.test(type);
}
