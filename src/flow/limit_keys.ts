/**
 * The keys of `with:` that bound what clients may cost the server; docs/security.md has them in one
 * table.
 */
import { flag, integer, list, text } from "./key.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** gRPC and V8 count a message's bytes in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;
const GIB = 1024 * MIB;
/** Timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Bounds on messages, on what is inside, and on URIs. */
export const LIMIT_KEYS = {
  max_message_bytes: integer({
    doc: "The largest message or request body that is read, in bytes, after decompression. All " +
      "together may hold `max_held_bytes`. The files that are fetched for one request may be as " +
      "much.",
    min: KIB,
    max: MAX_BYTES,
    default: 256 * MIB,
  }),
  max_held_bytes: integer({
    doc:
      "Bytes that all messages and answers together may hold, over all protocols, from their first " +
      "byte to their last. When they do, what has waited longest for its own client is given up " +
      "first, then newcomers are refused. The files that are fetched for requests may hold as much " +
      "again. 0: three times `max_message_bytes`.",
    min: 0,
    default: 0,
  }),
  max_unpacked_ratio: integer({
    doc:
      "How many times as large as it was sent a packed body or gRPC message may become, beyond its " +
      "first 8 MiB.",
    min: 1,
    max: 100_000,
    default: 100,
  }),
  receive_timeout_ms: integer({
    doc:
      "Milliseconds that a client may pause while it sends a request, the time before the first byte " +
      "included, and six times as many while it takes an answer, of which the system takes some " +
      "megabytes ahead of it. What takes longer is given up.",
    min: 1,
    max: MAX_TIMER_MS,
    default: 20_000,
  }),
  min_receive_rate: integer({
    doc: "Bytes a second that a client must send or take on average, beside one pause of " +
      "`receive_timeout_ms`.",
    min: 1,
    max: GIB,
    default: 500,
  }),
  max_receiving_per_connection: integer({
    doc: "Requests of one connection that may have begun to come and be unfinished.",
    min: 1,
    default: 100,
  }),
  max_receiving_per_address: integer({
    doc:
      "Requests of one address (an IPv6 network of 64 bits is one) that may have begun to come and " +
      "be unfinished; more make those give up that stand still. A proxy in front is one address.",
    min: 1,
    default: 4096,
  }),
  max_connections: integer({
    doc:
      "Connections to all ports together; more are closed at once. 0: three quarters of the files " +
      "that the process may open.",
    min: 0,
    default: 0,
  }),
  max_connections_per_address: integer({
    doc:
      "Connections of one address (an IPv6 network of 64 bits is one). A proxy in front is one " +
      "address. 0: as many as `max_connections`.",
    min: 0,
    default: 0,
  }),
  max_documents: integer({
    doc: "The most documents one request may hold, chunks and matches counted.",
    min: 1,
    default: 100_000,
  }),
  max_values: integer({
    doc:
      "The most values one request may hold beside its documents: entries of `tags`, `parameters`, " +
      "`scores`, `location` and `routes`, of lists and objects in them, and fields that are not " +
      "known.",
    min: 0,
    default: 200_000,
  }),
  max_client_batch_size: integer({
    doc:
      "The most texts that one request of text-embeddings-inference's clients may hold, as its " +
      "own flag of that name; others' have `max_documents`.",
    min: 1,
    max: 100_000,
    default: 32,
  }),
  allow_local_files: list({
    doc: "Directories whose files a document's `uri` may name. Without it no local file is read.",
    item: text({ doc: "", default: null, expected: "the path of a directory" }),
    default: [],
    path: "directory",
  }),
  allow_private_uris: flag({
    doc:
      "Let a document's `uri` lead to private, loopback and link-local addresses. Off, because " +
      "clients could make the server fetch from the network it stands in.",
    default: false,
  }),
  uri_timeout_ms: integer({
    doc:
      "Milliseconds to fetch one `uri`, from the look-up of its name to the last byte, redirects " +
      "included.",
    min: 1,
    max: 3_600_000,
    default: 10_000,
  }),
  uri_max_bytes: integer({
    doc: "The largest file that is fetched from a `uri`, in bytes.",
    min: 1,
    max: MAX_BYTES,
    default: 32 * MIB,
  }),
  uri_max_redirects: integer({
    doc: "How many redirects of a `uri` are followed.",
    min: 0,
    max: 50,
    default: 5,
  }),
  uri_concurrency: integer({
    doc: "How many `uri`s are fetched at a time; a quarter of them from one host.",
    min: 1,
    max: 1024,
    default: 32,
  }),
};
