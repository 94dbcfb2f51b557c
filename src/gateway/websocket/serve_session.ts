/** One WebSocket connection, served: its frames in their order, and its close. */
import { ClipError } from "../../errors.ts";
import type { Answered, MessageContext } from "../../exchange/message.ts";
import type { Frame, FrameSession } from "../../exchange/websocket.ts";
import { faultText, type Log } from "../../telemetry/log.ts";
import type { Caller } from "../../telemetry/request_observer.ts";
import type { Admission } from "../admission/admission.ts";
import { serveInOrder, type StreamPort } from "../admission/ordered_stream.ts";
import { watched } from "../admission/watched.ts";
import type { KeyHolder } from "../keys/api_keys.ts";
import { closeCode, WS_CLOSE } from "./close_code.ts";

/** What serving needs. */
export interface SessionOptions extends Admission {
  /** Most requests of one connection in work; 0 for no limit. */
  prefetch: number;
  log: Log;
}

/** A frame that came, and holds its bytes until it is answered. */
export interface HeldFrame extends Frame {
  /** It takes more when it is decoded, and when its answer is there. @throws {ClipError} "overloaded". */
  grow(bytes: number): void;
}

/** A connection, from the server's side. */
export interface ClosablePort extends StreamPort<HeldFrame, Frame> {
  /** Ends the connection, telling why. */
  close(code: number, reason?: string): void;
}

/** Serves a connection until its end. Never throws. */
export async function serveSession(
  port: ClosablePort,
  session: FrameSession,
  { caller, holder }: { caller: Caller; holder?: KeyHolder | undefined },
  options: SessionOptions,
): Promise<void> {
  const { gate, capacity, lifecycle, prefetch, observer, log } = options;
  const window = prefetch || Infinity;
  const allowance = holder?.allowance?.stream();
  let failed = false;
  const answer = async (
    frame: HeldFrame,
    context: Omit<MessageContext, "watch"> & { readAt: number | undefined },
  ): Promise<Frame> => {
    const answered: Answered<Frame> = await watched(
      observer,
      "websocket",
      caller,
      allowance,
      context.readAt,
      (watch) => session.answer(frame, { ...context, grow: (bytes) => frame.grow(bytes), watch }),
    );
    if (answered.outcome !== "ok") failed = true;
    // It waits for those before it, which a client that reads nothing puts off. What is held is the
    // buffer, which was taken by guess.
    frame.grow(answered.answer.bytes.buffer.byteLength);
    return answered.answer;
  };
  try {
    const bounds = { gate, capacity, window, draining: lifecycle.draining, allowance };
    const end = await serveInOrder(port, bounds, answer);
    if (failed) await new Promise((resolve) => setTimeout(resolve, session.lingerAfterFailureMs));
    if (end === "draining") port.close(WS_CLOSE.goingAway, "The server is stopping");
    else port.close(WS_CLOSE.normal);
  } catch (thrown) {
    if (port.signal.aborted) return;
    const error = ClipError.wrap(thrown, "model");
    if (!(thrown instanceof ClipError)) {
      const reason = faultText(thrown);
      log.error("A connection failed for a reason of the server's own", { reason });
    }
    port.close(closeCode(error.kind), error.message);
  }
}
