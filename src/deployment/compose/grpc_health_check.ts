/**
 * `grpc.health.v1.Health/Check` for HAProxy, which has no check of its own for it (2.6): its `http-check`
 * can send no zero bytes, which every gRPC message begins with. So the connection is written out as bytes (RFC 9113, RFC 7541), and the answer looked for in them.
 */

const encoder = new TextEncoder();

const PREFACE = encoder.encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Types and flags of frames (RFC 9113, section 6). */
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const END_STREAM = 1;
const END_HEADERS = 4;

/** A message without a single field, not packed: no service is named, so the whole server is meant. */
const EMPTY_MESSAGE = [0, 0, 0, 0, 0];

/** `HealthCheckResponse` with its status, in a message of two bytes. */
const ANSWER = "000000000208";
const SERVING = "01";
const NOT_SERVING = "02";

/** What a connection sends: its beginning, and the call. */
const CALL = [
  ...PREFACE,
  ...frame(SETTINGS, 0, 0, []),
  ...frame(HEADERS, END_HEADERS, 1, [
    // Indexed, of the static table: `:method: POST`, `:scheme: http`.
    0x83,
    0x86,
    // Not indexed, with names of the table: `:path`, `:authority`, `content-type`.
    ...[0x04, ...text("/grpc.health.v1.Health/Check")],
    ...[0x01, ...text("clip")],
    ...[0x0f, 0x10, ...text("application/grpc")],
    ...[0x00, ...text("te"), ...text("trailers")],
  ]),
  ...frame(DATA, END_STREAM, 1, EMPTY_MESSAGE),
];

/**
 * The lines of a backend: who serves is up, who says that it does not gets nothing new and keeps what
 * it has, and no answer is none.
 */
export const GRPC_HEALTH_CHECK: readonly string[] = [
  "option tcp-check",
  "# grpc.health.v1.Health/Check, as HTTP/2 has it.",
  `tcp-check send-binary ${Uint8Array.from(CALL).toHex()}`,
  // Until there is an answer, whichever it is; then whether it is the right one.
  `tcp-check expect rbinary ${ANSWER}(${SERVING}|${NOT_SERVING})`,
  `tcp-check expect min-recv 1 error-status L7OKC binary ${ANSWER}${SERVING}`,
];

function frame(type: number, flags: number, stream: number, payload: readonly number[]): number[] {
  const { length } = payload;
  return [0, length >> 8, length & 255, type, flags, 0, 0, 0, stream, ...payload];
}

/** A text of fewer than 127 bytes, without Huffman's code. */
function text(value: string): number[] {
  const bytes = encoder.encode(value);
  return [bytes.length, ...bytes];
}
