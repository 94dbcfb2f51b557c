/** `index`: puts inputs into a server's index. */
import type { ClipDocument, JsonObject, ServedItem } from "../../../client/mod.ts";
import { mapAhead } from "../../bulk/ahead.ts";
import { endsInput, type Input, type InputRow, type Row } from "../../bulk/row.ts";
import { ClipError } from "../../errors.ts";
import { clientOptions, MAX_BATCH } from "../embedding/open_embedder.ts";
import { reasonOf } from "../embedding/server_share.ts";
import { asClipError, openClient } from "../embedding/servers.ts";
import { EXIT_OK, EXIT_WITH_ERRORS } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { requireIndex } from "../queries/require_index.ts";
import { ErrorsFile } from "./errors_file.ts";
import { openGivenInput } from "./input.ts";
import { interruption } from "./interruption.ts";
import { jobProgress } from "./job_progress.ts";

const BATCH_SIZE = 32;
/** Requests on their way: the index writes one while others are embedded. */
const PREFETCH = 8;

/** Images that are read at a time. */
const READS = 16;

/** A document with the row that it was made of. */
interface RowDocument extends ClipDocument {
  id: string;
}

/** Runs it; the exit code. @throws {ClipError} with the reason. */
export async function index(given: Given, console: Console): Promise<number> {
  const url = given.text("server");
  if (url === undefined) throw given.fault("Say where the index is: --server URL");
  const batchSize = given.whole("batch-size", 1, MAX_BATCH) ?? BATCH_SIZE;
  const quiet = given.on("quiet");
  const errors = new ErrorsFile(given.text("errors") ?? "index-errors.jsonl");
  using interrupted = interruption((line) => quiet ? undefined : console.err(line));
  const { signal } = interrupted;
  const input = await openGivenInput(given, signal);
  const client = openClient(url, await clientOptions(given, console));
  const counts = { embedded: 0, failed: 0 };
  const shown = jobProgress(console, quiet).begin({ ...counts }, input);
  const fail = async (row: { key: string; place: string; reason: string }) => {
    if (given.on("strict")) throw new ClipError("document", `${row.place}: ${row.reason}`);
    await errors.add(row);
    counts.failed++;
    shown.update({ ...counts });
  };
  try {
    await requireIndex(client, url);
    const places = new Map<string, string>();
    const documents = documentsOf(input, { signal, places, fail });
    const stream = client.indexStream(documents, { batchSize, prefetch: PREFETCH });
    for await (const { input: { id }, error } of stream as AsyncIterable<ServedItem<RowDocument>>) {
      const place = places.get(id) ?? id;
      places.delete(id);
      if (error !== undefined) await fail({ key: id, place, reason: reasonOf(error) });
      else shown.update({ ...counts, embedded: ++counts.embedded });
    }
  } catch (thrown) {
    throw asClipError(thrown, url);
  } finally {
    shown.end();
    errors.close();
    await client.close();
  }
  const { embedded, failed } = counts;
  const summary = {
    server: url,
    indexed: embedded,
    failed,
    interrupted: signal.aborted,
    ...(failed > 0 ? { errorsFile: errors.path } : {}),
  };
  if (given.on("json")) console.out(JSON.stringify(summary));
  else if (!quiet) {
    console.out(
      `${url}: ${embedded} indexed${failed > 0 ? `, ${failed} failed (${errors.path})` : ""}`,
    );
  }
  if (signal.aborted) return interrupted.exitCode;
  return failed > 0 ? EXIT_WITH_ERRORS : EXIT_OK;
}

interface Reading {
  /** Ends the stream after the row that is under way. */
  signal: AbortSignal;
  /** Where each document that is on its way stands. */
  places: Map<string, string>;
  fail: (row: { key: string; place: string; reason: string }) => Promise<void>;
}

async function* documentsOf(
  input: Input,
  { signal, places, fail }: Reading,
): AsyncGenerator<RowDocument> {
  const read = async (row: InputRow) => {
    try {
      return { row, document: await documentOf(row) };
    } catch (thrown) {
      if (endsInput(thrown)) throw thrown;
      return { row, reason: ClipError.wrap(thrown).message };
    }
  };
  for await (const { row, document, reason } of mapAhead(input.rows(0, signal), READS, read)) {
    if (signal.aborted) return;
    if (document === undefined) {
      await fail({ ...whereOf(row), reason });
      continue;
    }
    places.set(row.key, row.place);
    yield document;
  }
}

function whereOf({ key, place }: InputRow): { key: string; place: string } {
  return { key, place };
}

/** @throws {ClipError} "document" if there is nothing in the row, or it cannot be read. */
async function documentOf(row: InputRow): Promise<RowDocument> {
  if ("reason" in row) throw new ClipError("document", row.reason);
  const { key, image, text, metadata } = row;
  const tags = tagsOf(row);
  // Where the image is, for those who find it: its bytes are not kept.
  const { image_path: uri } = metadata;
  if (image !== undefined) {
    return { id: key, blob: await image(), tags, ...(typeof uri === "string" ? { uri } : {}) };
  }
  if (text !== undefined && text.trim() !== "") return { id: key, text, tags };
  throw new ClipError("document", "there is no text and no image in it");
}

function tagsOf({ metadata, text, image }: Row): JsonObject {
  const tags: JsonObject = { ...metadata };
  if (image !== undefined && text !== undefined) tags["caption"] ??= text;
  return tags;
}
