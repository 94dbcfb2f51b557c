/**
 * A dialect: the routes, methods, codecs and errors of one family of clients. It knows no socket;
 * the transports that serve it know nothing of it but this.
 */
import type { GrpcServices } from "./grpc.ts";
import type { HttpRoutes } from "./http.ts";
import type { OpenApiPart } from "./openapi.ts";
import type { WebSocketRoute } from "./websocket.ts";

/** What a dialect brings; what it has nothing of it leaves out. */
export interface Dialect {
  /** As the flow, the docs and the log call it. */
  readonly name: string;
  readonly http?: HttpRoutes & {
    /** Its part of the API's description; asked for when the models are known. */
    describe?(): OpenApiPart;
  };
  readonly grpc?: GrpcServices;
  readonly websocket?: readonly WebSocketRoute[];
}
