/** One HTTP request of Jina's: from its body to its answer. */
import { type HttpAnswer, type HttpCall, jsonBytes } from "../../exchange/http.ts";
import type { Service } from "../../service/service.ts";
import type { DataRequest } from "./document/request.ts";
import type { RequestLimits } from "./document/request_size.ts";
import { handleRequest, outcomeOf } from "./handle_request.ts";
import { failure } from "./http_answers.ts";
import { decodeRequestJson } from "./json/request.ts";
import { encodeResponseJson } from "./json/response.ts";

/**
 * Serves a request. Never throws.
 * @param endpoint what its path stands for; undefined where the body names it.
 */
export async function serveHttp(
  call: HttpCall,
  endpoint: string | undefined,
  service: Service,
  limits: RequestLimits,
): Promise<HttpAnswer> {
  let request: DataRequest | undefined;
  try {
    request = await decodeRequestJson(call.body, { limits, grow: call.grow, signal: call.signal });
    request.execEndpoint = endpoint ?? request.execEndpoint;
    call.watch.read(request.execEndpoint, request.docs.length, call.body.length);
    const { signal, watch: { trace } } = call;
    const response = await handleRequest(request, service, { signal, trace }, limits);
    const answer = jsonBytes(await encodeResponseJson(response, "http"));
    return { ...answer, outcome: outcomeOf(response) };
  } catch (thrown) {
    return failure(call.explain(thrown), request);
  }
}
