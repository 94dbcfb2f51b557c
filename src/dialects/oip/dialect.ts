/**
 * The Open Inference Protocol (KServe v2) over HTTP and gRPC, with what Triton adds to it as far as
 * its clients need: tritonclient, KServe's, `perf_analyzer`.
 * Protocol: https://github.com/kserve/open-inference-protocol
 */
import type { Dialect } from "../../exchange/dialect.ts";
import type { DialectContext } from "../context.ts";
import { refusal } from "../writing/refusal.ts";
import { oipMethods } from "./grpc_methods.ts";
import { oipRoutes } from "./http_routes.ts";
import { Inference } from "./inference.ts";
import { Models } from "./models.ts";
import { oipOpenApi } from "./openapi.ts";
import { Statistics } from "./statistics.ts";

/** Makes the dialect. */
export function oipDialect(context: DialectContext): Dialect {
  const statistics = new Statistics();
  const made = {
    models: new Models(context),
    statistics,
    inference: new Inference(context, statistics),
  };
  return {
    name: "oip",
    http: {
      routes: oipRoutes({ ...made, bounds: context.flow }),
      refuse: (error) => refusal(error, "oip", { error: error.message }),
      describe: () => oipOpenApi(made.models.all().map(({ name }) => name)),
    },
    grpc: { protos: ["inference.proto"], methods: oipMethods(made) },
  };
}
