/** Browsers have WebSockets of their own, which take neither certificates nor headers. */

/** @throws always. */
export function openWs(): Promise<never> {
  return Promise.reject(new Error("a page cannot choose certificates or headers of WebSockets"));
}
