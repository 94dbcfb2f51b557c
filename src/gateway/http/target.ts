/** What a request asks for: the path and query of its target (RFC 9112, section 3.2). */
import { json } from "../../exchange/http.ts";

/** The answer to a request whose target or `Host` is no URL. */
export const BAD_TARGET = json({ detail: "The request's Host or path is not valid" }, 400);

/** A request's target, as routes compare it. */
export interface Target {
  /** Percent-encoded, without steps that go nowhere or up; begins with a slash. */
  path: string;
  /** With its question mark; empty if there is none. */
  query: string;
}

/** What needs no tidying: characters that may stand in a path, and no dots after a slash. */
const PLAIN_PATH = /^\/(?![/.])(?:[\w\-~!$&'()*+,;=:@.]|%(?!2e)|\/(?!\.))*$/i;
const PLAIN_HOST = /^[\w.-]+(?::\d{1,5})?$/;

/** The target of a URL, as it was sent: without scheme and host. */
export function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

/** Reads a target and checks the `Host` beside it; undefined if they are no URL. */
export function readTarget(target: string, host: string | undefined): Target | undefined {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const hostIsPlain = host === undefined || PLAIN_HOST.test(host);
  if (hostIsPlain && PLAIN_PATH.test(path)) {
    return { path, query: mark < 0 ? "" : target.slice(mark) };
  }
  const url = URL.parse(target.startsWith("/") ? `http://${host ?? "localhost"}${target}` : target);
  return url === null ? undefined : { path: url.pathname, query: url.search };
}
