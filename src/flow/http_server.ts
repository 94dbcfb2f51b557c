/** What `http_server: deno` does without, as of Deno 2.9.6: said by the flow's docs and the start. */
export const DENO_LIMITS =
  "it does not notice that a client has left once more than a small body came, has no time limits " +
  "for slow clients, cuts half-sent bodies at a stop and cannot cut a stop short, refuses clients " +
  "that offer h2c (Java's HttpClient, `curl --http2`), cannot slow WebSocket clients down, pack " +
  "their answers or read frames over 64 MiB, counts neither connections nor half-sent frames nor " +
  "answers that wait to be taken ('max_connections', 'max_held_bytes'), cannot ask clients for " +
  "certificates ('ssl_client_ca'), and keeps its certificate until a restart";
