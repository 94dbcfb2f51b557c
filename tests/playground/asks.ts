/** Which of the page's requests one is. */
import type { Request } from "playwright-core";

/** Whether it is one of the client library to an endpoint, as `/rank`. */
export function asks(request: Request, endpoint: string): boolean {
  return request.method() === "POST" && new URL(request.url()).pathname.endsWith("/post") &&
    request.postDataJSON().execEndpoint === endpoint;
}
