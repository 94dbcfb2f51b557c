/** The HTTP routes that take documents. */

/** An entry of `expose_endpoints`. */
export interface ExposedEndpoint {
  path?: string | undefined;
  methods?: string[] | undefined;
  summary?: string | undefined;
  description?: string | undefined;
  tags?: string[] | undefined;
}

/** What the flow says of routes. */
export interface HttpRouteOptions {
  noDebugEndpoints: boolean;
  noCrudEndpoints: boolean;
  /** By endpoint, e.g. `/rank`. */
  exposeEndpoints: Readonly<Record<string, ExposedEndpoint>>;
}

/** One route. */
export interface DataRoute {
  method: string;
  /** Ends in `/*` for all paths below. */
  path: string;
  /** The endpoint that the path stands for; undefined where the body names it. */
  endpointOf: (request: Request) => string | undefined;
  summary: string;
  tags?: string[];
  description?: string;
}

/** All routes that take documents, in the order in which they are documented. */
export function dataRoutes(options: HttpRouteOptions): DataRoute[] {
  const routes: DataRoute[] = [];
  if (!options.noDebugEndpoints) {
    routes.push({
      method: "POST",
      path: "/post",
      endpointOf: () => undefined,
      summary: "Send documents to the endpoint that the body names",
    });
  }
  routes.push(
    { method: "POST", path: "/encode", endpointOf: () => "/encode", summary: "Embed documents" },
    {
      method: "POST",
      path: "/encode/*",
      endpointOf: pathOf,
      summary: "Embed documents with the model of that name",
    },
    {
      method: "POST",
      path: "/rank",
      endpointOf: () => "/rank",
      summary: "Rank the matches of documents",
    },
    {
      method: "POST",
      path: "/rank/*",
      endpointOf: pathOf,
      summary: "Rank with the model of that name",
    },
  );
  if (!options.noCrudEndpoints) {
    routes.push(
      { method: "POST", path: "/index", endpointOf: () => "/index", summary: "Embed documents" },
      { method: "POST", path: "/search", endpointOf: () => "/search", summary: "Embed documents" },
      { method: "PUT", path: "/update", endpointOf: () => "/update", summary: "Embed documents" },
      {
        method: "DELETE",
        path: "/delete",
        endpointOf: () => "/delete",
        summary: "Embed documents",
      },
    );
  }
  for (const [endpoint, exposed] of Object.entries(options.exposeEndpoints)) {
    for (const method of exposed.methods ?? ["POST"]) {
      routes.push({
        method: method.toUpperCase(),
        path: exposed.path ?? endpoint,
        endpointOf: () => endpoint,
        summary: exposed.summary ?? `Endpoint ${endpoint}`,
        ...(exposed.description === undefined ? {} : { description: exposed.description }),
        ...(exposed.tags === undefined ? {} : { tags: exposed.tags }),
      });
    }
  }
  return routes;
}

/** A model's name holds slashes, so the path below an endpoint is the endpoint's as it is. */
function pathOf(request: Request): string {
  const { pathname } = new URL(request.url);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
