/** A server of one image. */

/** Answers every request with the bytes, at a port of its own. */
export function imageServer(bytes: Uint8Array<ArrayBuffer>): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(bytes),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
