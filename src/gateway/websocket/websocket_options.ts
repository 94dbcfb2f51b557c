/** What WebSockets are served by, whichever server stands below. */
import type { WebSocketRoute } from "../../exchange/websocket.ts";
import type { AllowedOrigins } from "../http/cors.ts";
import type { SessionOptions } from "./serve_session.ts";

/** What serving WebSockets needs. */
export interface WebSocketOptions extends SessionOptions {
  /** Whose paths are opened; of two with one path the first one's. */
  routes: readonly WebSocketRoute[];
  /** Web pages that may open connections, beside those that come from here. */
  cors: AllowedOrigins;
  /** Bound on a frame, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Offer permessage-deflate (RFC 7692) to clients that ask for it. */
  compress: boolean;
}
