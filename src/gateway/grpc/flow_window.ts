/**
 * How much a client may send ahead of being read: HTTP/2's flow-control windows (RFC 9113, section
 * 5.2), which are 64 KiB unless the server announces others. A batch of images then waits for a
 * round trip of the network every 64 KiB.
 */

/** What a stream may send that nobody has read. */
export const STREAM_WINDOW_BYTES = 2 ** 20;

/**
 * What all streams of a connection may have on the way together. It bounds what is in the network,
 * not what lies here unread: node:http2 gives a connection's window back as bytes arrive, so that a
 * stream that is not read does not stop its neighbours.
 */
export const CONNECTION_WINDOW_BYTES = 4 * 2 ** 20;

/**
 * Calls that one connection may have open at a time; clients keep more of them back. Times the
 * stream's window it is what a connection may make this process hold without being read: 100 MiB.
 */
export const MAX_CONCURRENT_STREAMS = 100;
