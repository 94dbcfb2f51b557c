/**
 * Jina's dialect: what `clip_client`, Jina's own client and everything written for `clip_server`
 * speak, over gRPC, HTTP and WebSocket.
 */
import type { Dialect } from "../../exchange/dialect.ts";
import type { DataRoute, HttpCall } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { jinaMethods } from "./grpc_methods.ts";
import { failure } from "./http_answers.ts";
import { dataRoutes } from "./http_routes.ts";
import { serveHttp } from "./http_serve.ts";
import { infoRoutes } from "./info_routes.ts";
import { jinaOpenApi } from "./openapi.ts";
import { isPythonClientBody } from "./python_client_body.ts";
import { ServerInfo } from "./server_info.ts";
import { UnknownFields } from "./unknown_fields.ts";
import { UnstoredRequests } from "./unstored_requests.ts";
import { webSocketRoutes } from "./websocket_routes.ts";

/**
 * A Jina gateway that has this server as an external executor asks for the list of its services, and
 * before 3.19 fails at a name that its own executors did not have: it is told of those that it knows
 * (jina 3.9.2, `serve/networking.py`, `STUB_MAPPING`; it asks by `v1alpha`).
 */
const KNOWN = [
  "jina.JinaRPC",
  "jina.JinaSingleDataRequestRPC",
  "jina.JinaDataRequestRPC",
  "jina.JinaGatewayDryRunRPC",
  "jina.JinaDiscoverEndpointsRPC",
  "jina.JinaInfoRPC",
  "grpc.reflection.v1alpha.ServerReflection",
];

const ACCEPTS = ["application/json"];

/** Makes the dialect. */
export function jinaDialect({ service, lifecycle, flow, log }: DialectContext): Dialect {
  const { executors, indexers } = service;
  const limits = {
    maxDocuments: flow.maxDocuments,
    maxValues: flow.maxValues,
    fields: new UnknownFields(flow.strictFields, log.child("jina")),
    unstored: new UnstoredRequests(log.child("jina")),
  };
  const info = new ServerInfo(service);
  const told = infoRoutes({ lifecycle, executors, info, ...flow });
  const taken = dataRoutes({ ...flow, indexed: indexers.some });
  const data = taken.map((route): DataRoute => ({
    kind: "data",
    method: route.method,
    path: route.path,
    accepts: ACCEPTS,
    serve: (call) => serveHttp(call, route.endpointOf(call.path), service, limits),
  }));
  return {
    name: "jina",
    http: {
      // A route of `expose_endpoints` takes the place of what is told on its path.
      routes: [...data, ...told],
      refuse: (error) => failure(error),
      describe: () =>
        jinaOpenApi({
          dataRoutes: taken,
          infoRoutes: told,
          models: executors.all.flatMap(({ name, models }) => [name, ...models]),
          indexed: indexers.some,
        }),
      // Without `/post` an endpoint without a path of its own is nowhere.
      ...(flow.noDebugEndpoints ? {} : {
        strays: {
          accepts: ACCEPTS,
          takes: ({ body }: HttpCall) => isPythonClientBody(body),
          serve: (call: HttpCall) => serveHttp(call, undefined, service, limits),
        },
      }),
    },
    grpc: {
      protos: ["jina.proto"],
      known: KNOWN,
      methods: jinaMethods({ service, lifecycle, limits, info }),
    },
    websocket: webSocketRoutes({ service, lifecycle, limits }),
  };
}
