/** One request on its connection, whichever server of HTTP stands below. */
import type { HttpAnswer, HttpHead } from "../../exchange/http.ts";
import type { Peer } from "../admission/peer.ts";

/** A request whose body has not been read. */
export interface HttpExchange extends HttpHead {
  /** Who sends it. */
  readonly peer: Peer;
  /** The name of the API key that it came with, once the handler knows it. */
  key?: string;
  /** The path of the routes that it is for, once the handler knows them. */
  route?: string;
  /**
   * Reads the body as it was sent: `receive` gets each piece, which nobody else keeps. Once.
   * @throws {ClipError} "cancelled" if the client leaves before the end; what `receive` throws,
   * after which nothing more is read.
   */
  pieces(receive: (piece: Uint8Array) => void): Promise<void>;
}

/** From a request to its answer. Never throws. */
export type HttpHandler = (exchange: HttpExchange) => Promise<HttpAnswer>;
