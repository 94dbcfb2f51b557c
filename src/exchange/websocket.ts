/** WebSockets between the transport and dialects: paths that are opened, frames, their answers. */
import type { Answered, MessageContext } from "./message.ts";

/** One message. */
export interface Frame {
  bytes: Uint8Array;
  /** UTF-8 in a text frame; else a binary one. */
  text: boolean;
  /** Of `bytes`. */
  length: number;
}

/** A connection that is told something and closed. */
export interface ToldSession {
  kind: "told";
  frame(): Frame;
}

/** A connection whose frames are answered in their order. */
export interface FrameSession {
  kind: "frames";
  /** Whether a frame ends the client's side. */
  isEnd(frame: Frame): boolean;
  /** @throws {ClipError} what ends the connection, after the answers before it. */
  answer(frame: Frame, context: MessageContext): Promise<Answered<Frame>>;
  /** Milliseconds between the last answer and the close if an answer told of a failure. */
  readonly lingerAfterFailureMs: number;
}

/** How one connection is served. */
export type WebSocketSession = ToldSession | FrameSession;

/** A path that can be opened as a WebSocket. */
export interface WebSocketRoute {
  path: string;
  /** Needs no API key: it tells nothing but that the server lives. */
  keyless?: true;
  /** @param subprotocols those that the client offers, in its order. */
  open(subprotocols: readonly string[]): WebSocketSession;
}
