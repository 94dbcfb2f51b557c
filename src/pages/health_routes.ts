/** `/healthz/…`: what load balancers and Kubernetes ask. */
import type { OpenApiObject, OpenApiPart } from "../exchange/openapi.ts";
import { type InfoRoute, json } from "../exchange/http.ts";
import type { ExecutorTable } from "../service/executors.ts";
import type { Lifecycle } from "../service/lifecycle.ts";

const NOT_READY = 503;

/** The routes that tell whether the process lives and whether it serves. */
export function healthRoutes(
  { lifecycle, executors }: { lifecycle: Lifecycle; executors: ExecutorTable },
): InfoRoute[] {
  const ready = () => lifecycle.stage === "serving" && executors.ready;
  const stage = () =>
    ready() ? "ready" : lifecycle.stage === "serving" ? "no replica" : lifecycle.stage;
  return [
    {
      kind: "info",
      method: "GET",
      path: "/healthz/live",
      open: true,
      respond: () => json({ status: "live" }),
    },
    {
      kind: "info",
      method: "GET",
      path: "/healthz/ready",
      open: true,
      respond: () =>
        json(
          {
            status: stage(),
            executors: executors.all.map(({ name, encoder }) => ({
              name,
              replicas: encoder.state.replicas,
              ready: encoder.state.replicasReady,
            })),
          },
          ready() ? 200 : NOT_READY,
        ),
    },
  ];
}

const TAG = { name: "Health", description: "Whether the server lives and serves" };

/** Their part of the API's description. */
export const HEALTH_OPENAPI: OpenApiPart = {
  tags: [TAG],
  paths: {
    "/healthz/live": {
      get: {
        tags: [TAG.name],
        summary: "Say that the process lives",
        responses: { 200: answer("The answer") },
      },
    },
    "/healthz/ready": {
      get: {
        tags: [TAG.name],
        summary: "Say whether requests would be served, and which executors are ready",
        responses: { 200: answer("The answer"), [NOT_READY]: answer("Not ready") },
      },
    },
  },
};

function answer(description: string): OpenApiObject {
  return { description, content: { "application/json": { schema: { type: "object" } } } };
}
