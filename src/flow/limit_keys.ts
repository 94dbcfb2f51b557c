/**
 * The keys of `with:` that bound what clients may cost the server; docs/security.md has them in one
 * table.
 */
import { flag, integer, list, text } from "./key.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** gRPC and V8 count a message's bytes in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;

/** Bounds on messages, on what is inside, and on URIs. */
export const LIMIT_KEYS = {
  max_message_bytes: integer({
    doc:
      "The largest message or request body that is read, in bytes, after decompression. All HTTP " +
      "bodies inside together may hold four times as much.",
    min: KIB,
    max: MAX_BYTES,
    default: 256 * MIB,
  }),
  max_documents: integer({
    doc: "The most documents one request may hold, chunks and matches counted.",
    min: 1,
    default: 100_000,
  }),
  max_values: integer({
    doc:
      "The most values one request may hold beside its documents: entries of `tags`, `parameters`, " +
      "`scores`, `location` and `routes`, of lists and objects in them, and protobuf fields that are " +
      "not known.",
    min: 0,
    default: 200_000,
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
    doc: "Milliseconds to fetch one `uri`, redirects included.",
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
    doc: "How many `uri`s are fetched at a time.",
    min: 1,
    max: 1024,
    default: 32,
  }),
};
