/** The frame that tells a client that its connection takes no more calls (RFC 9113, section 6.8). */
import { Buffer } from "node:buffer";
import { FrameType, HEAD_BYTES } from "./frame_filter.ts";

/** Before the debug data: the last stream and the error code. */
const FIXED_BYTES = 8;

/**
 * The bytes of a GOAWAY frame.
 * @param lastStream the last stream that the server has taken or will take.
 * @param reason in ASCII, for the client's log.
 */
export function goaway(lastStream: number, code: number, reason: string): Buffer {
  const frame = Buffer.alloc(HEAD_BYTES + FIXED_BYTES + reason.length);
  frame.writeUIntBE(FIXED_BYTES + reason.length, 0, 3);
  frame[3] = FrameType.Goaway;
  frame.writeUInt32BE(lastStream, HEAD_BYTES);
  frame.writeUInt32BE(code, HEAD_BYTES + 4);
  frame.write(reason, HEAD_BYTES + FIXED_BYTES, "latin1");
  return frame;
}
