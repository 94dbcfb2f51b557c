/**
 * A dialect: the routes, methods, codecs and errors of one family of clients. It knows no socket;
 * the transports that serve it know nothing of it but this.
 */
import type { GrpcServices } from "./grpc.ts";
import type { DataRoute, HttpCall, HttpRoutes } from "./http.ts";
import type { OpenApiPart } from "./openapi.ts";
import type { WebSocketRoute } from "./websocket.ts";

/**
 * Requests of a dialect's clients that come to the paths of other dialects, as the description of
 * the API leads some of them.
 */
export interface StrayRequests {
  /** By what it is, as nothing of another dialect begins: it is asked before each of theirs. */
  takes(call: HttpCall): boolean;
  /** As of the dialect's own routes. */
  readonly serve: DataRoute["serve"];
  readonly accepts: readonly string[];
}

/** What a dialect brings; what it has nothing of it leaves out. */
export interface Dialect {
  /** As the flow, the docs and the log call it. */
  readonly name: string;
  readonly http?: HttpRoutes & {
    /** Its part of the API's description; asked for when the models are known. */
    describe?(): OpenApiPart;
    readonly strays?: StrayRequests;
  };
  readonly grpc?: GrpcServices;
  readonly websocket?: readonly WebSocketRoute[];
}
