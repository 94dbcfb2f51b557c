/** Decoders that are called as functions. */
import { Buffer } from "node:buffer";
import type { FileTokenizer } from "../../src/checkpoint/state_dict.ts";
import { ClipError } from "../../src/errors.ts";
import { decodeBase64 } from "../../src/encoding/base64.ts";
import { EMBEDDINGS_BODY } from "../../src/dialects/embeddings/body.ts";
import { readItems as readEmbeddingItems } from "../../src/dialects/embeddings/input.ts";
import { parseAccessPaths } from "../../src/dialects/jina/document/access_paths.ts";
import type { JsonObject } from "../../src/dialects/jina/document/document.ts";
import { readEmbedding } from "../../src/dialects/jina/indexing/embedding.ts";
import { idsOf, readIndexParameters } from "../../src/dialects/jina/indexing/index_parameters.ts";
import { readStored, writeStored } from "../../src/dialects/jina/indexing/stored_document.ts";
import { decodeRequestJson } from "../../src/dialects/jina/json/request.ts";
import {
  decodeRequestListProto,
  decodeRequestProto,
  decodeSingleDocumentRequestProto,
} from "../../src/dialects/jina/proto/request.ts";
import type { InferRequest } from "../../src/dialects/oip/infer_request.ts";
import {
  HEADER_LENGTH,
  readHttpInferRequest,
} from "../../src/dialects/oip/json/read_infer_request.ts";
import { readInferRequest } from "../../src/dialects/oip/proto/read_infer_request.ts";
import { readItems } from "../../src/dialects/oip/request_items.ts";
import { typedBody } from "../../src/dialects/reading/typed_body.ts";
import { isObject } from "../../src/encoding/json_value.ts";
import { atOnce, Slices } from "../../src/encoding/slices.ts";
import type { HttpCall } from "../../src/exchange/http.ts";
import type { Columns } from "../../src/index/columns.ts";
import { parseFilter } from "../../src/index/filter/parse.ts";
import { filterSql, SQLITE } from "../../src/index/filter/sql.ts";
import { decodeImage, releasePixels } from "../../src/model/image/decode.ts";
import { ClipTokens } from "../../src/model/tokenizer/clip_tokens.ts";
import { parseTokenizerFile } from "../../src/model/tokenizer/pipeline/tokenizer_file.ts";
import { PipelineTokens } from "../../src/model/tokenizer/pipeline_tokens.ts";
import { literalAddress, refuseAddress } from "../../src/service/uri/address_guard.ts";
import { decodeDataUri } from "../../src/service/uri/data_uri.ts";
import { ResponseError } from "../../src/service/uri/http_head.ts";
import { ResponseReader } from "../../src/service/uri/http_response.ts";
import { parseHttpUrl } from "../../src/service/uri/http_uri.ts";
import type { Target, TargetMaker } from "./target.ts";

const IMAGE_LIMITS = { maxBytes: 1 << 20, maxPixels: 1 << 22 };
const MAX_BODY_BYTES = 1 << 16;
const MAX_ELEMENTS = 1000;

/** All of them. */
export const DECODERS: readonly TargetMaker[] = [
  decoder("json", (bytes) => decodeRequestJson(bytes)),
  decoder("proto", (bytes) => decodeRequestProto(bytes)),
  decoder("proto-list", (bytes) => decodeRequestListProto(bytes)),
  decoder("proto-single", (bytes) => decodeSingleDocumentRequestProto(bytes)),
  decoder("oip-http", readHttpInference),
  decoder("oip-proto", (bytes) => {
    readAll(atOnce(readInferRequest(bytes, { maxElements: MAX_ELEMENTS }, new Slices())));
  }),
  decoder("tokens", readTokens),
  decoder("embeddings", readEmbeddings),
  decoder("data-uri", (bytes) => decodeDataUri(latin1(bytes), 1 << 20)),
  decoder("base64", (bytes) => decodeBase64(latin1(bytes)), SyntaxError),
  decoder("access-paths", (bytes) => parseAccessPaths(latin1(bytes))),
  decoder("filter", (bytes) => readFilter(latin1(bytes))),
  decoder("index-parameters", (bytes) => readParametersOfIndexer(latin1(bytes))),
  decoder("index-document", keepDocuments),
  decoder("address", (bytes) => connectTo(latin1(bytes))),
  decoder("http-response", readResponse, ResponseError),
  decoder("tokenizer-json", (bytes) => tokenizeBy(bytes, "tokenizer_json")),
  decoder("tokenizer-spm", (bytes) => tokenizeBy(bytes, "xlm_roberta")),
  decoder("tokenizer-vocab", (bytes) => tokenizeBy(bytes, "wordpiece_uncased")),
  decoder("image", async (bytes) => releasePixels(await decodeImage(bytes, IMAGE_LIMITS, 224))),
];

const tokens = new ClipTokens();

/** Tokens have places in the text, and what they are decoded to has as many of them. */
function readTokens(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  const { ids, starts, ends } = tokens.tokenize(text, { addSpecialTokens: false });
  if (tokens.count(text, 1000) !== Math.min(1000, ids.length + 2)) throw new Error("miscounted");
  for (let i = 0; i < ids.length; i++) {
    const [start, end] = [starts[i]!, ends[i]!];
    const before = i === 0 ? 0 : starts[i - 1]!;
    if (!(before <= start && start <= end && end <= text.length)) throw new Error(`place ${i}`);
  }
  tokens.decode(ids, { skipSpecialTokens: false });
  tokens.keepLast(text);
}

function decoder(
  name: string,
  run: (bytes: Uint8Array) => unknown,
  Expected: new (...args: never[]) => Error = ClipError,
): TargetMaker {
  const target: Target = {
    name,
    run,
    expected: (thrown) => thrown instanceof ClipError || thrown instanceof Expected,
  };
  return { name, open: () => target };
}

/** What is read as a tokenizer tokenizes. */
function tokenizeBy(bytes: Uint8Array, format: FileTokenizer["format"]): void {
  const pipeline = parseTokenizerFile(bytes, format, "none", "fuzzed");
  const clean = "none" as const;
  const options = { pipeline, contextLength: 16, vocabSize: pipeline.vocabSize, padId: 0, clean };
  const tokens = new PipelineTokens({ ...options, stripSep: false });
  const { ids } = tokens.tokenize("A photo of 1 café, ▁<s> 漢字\u0301.", {
    addSpecialTokens: true,
  });
  tokens.decode(ids, { skipSpecialTokens: true });
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

const COLUMNS: Columns = { price: "float", brand: "str", n: "int" };

/** JSON or not: what is let through can be said in SQL, with a parameter for each of its values. */
function readFilter(text: string): void {
  let json: unknown = text;
  try {
    json = JSON.parse(text);
  } catch { /* A text is a value too. */ }
  const filter = parseFilter(json, COLUMNS);
  if (filter === undefined) return;
  const sql = filterSql(filter, { dialect: SQLITE, columns: COLUMNS });
  if (sql.text.split("?").length - 1 !== sql.parameters.length) throw new Error(sql.text);
}

function readParametersOfIndexer(text: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return;
  }
  if (!isObject(json)) return;
  const parameters = readIndexParameters(json as JsonObject, "indexer");
  for (const id of idsOf(parameters)) {
    if (typeof id !== "string") throw new Error(`an id is ${typeof id}`);
  }
  const { limit, filter } = parameters;
  if (limit !== undefined && !(limit >= 1 && limit <= 10_000)) throw new Error(`limit ${limit}`);
  if (filter !== undefined && typeof filter !== "object") throw new Error("no filter");
}

/** What is kept of documents is read again, and is the same when it is kept anew. */
async function keepDocuments(bytes: Uint8Array): Promise<void> {
  const { docs } = await decodeRequestProto(bytes);
  for (const document of docs) {
    readEmbedding(document, 4, true);
    const kept = atOnce(writeStored(document, new Slices()));
    const again = atOnce(readStored({ id: document.id, document: kept }, new Slices()));
    const anew = atOnce(writeStored(again, new Slices()));
    if (Buffer.compare(kept, anew) !== 0) throw new Error("it is another document");
  }
}

/** What is let through must be spelled as an address of the outside, whoever reads it. */
function connectTo(text: string): void {
  for (const host of [text, literalAddress(parseHttpUrl(`http://${text}/`).hostname) ?? text]) {
    if (refuseAddress(host) !== undefined) continue;
    if (!/^(?:[0-9]+\.){3}[0-9]+$|^[23]|^(?:0*:){1,6}0*ffff:|^64:ff9b:/i.test(host)) {
      throw new Error(`${JSON.stringify(host)} was let through`);
    }
  }
}

async function readResponse(bytes: Uint8Array): Promise<void> {
  let at = 0;
  const reader = new ResponseReader({
    read(buffer) {
      // In pieces of odd lengths, as networks do.
      const piece = bytes.subarray(at, at += 1 + at * 7 % 61);
      buffer.set(piece.subarray(0, buffer.length));
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
  const body = await reader.body(await reader.head(), MAX_BODY_BYTES);
  if (body.length > MAX_BODY_BYTES) throw new Error(`${body.length} bytes were read`);
}

/** A body of `/v1/embeddings`: what is let through is texts that are not empty, and images. */
async function readEmbeddings(bytes: Uint8Array): Promise<void> {
  const bounds = { maxDocuments: MAX_ELEMENTS, maxValues: 10_000 };
  const body = await typedBody(callWith("/v1/embeddings", bytes), bounds, EMBEDDINGS_BODY);
  const reading = { modality: body.modality ?? undefined, bounds, grow: undefined };
  const { items } = atOnce(readEmbeddingItems(body, reading, new Slices()));
  if (items.length === 0 || items.length > MAX_ELEMENTS) throw new Error(`${items.length} items`);
  for (const item of items) {
    if ("text" in item && (typeof item.text !== "string" || item.text === "")) {
      throw new Error("An empty text was let through");
    }
  }
}

function callWith(
  path: string,
  body: Uint8Array,
  header: HttpCall["header"] = () => undefined,
): HttpCall {
  return {
    method: "POST",
    path,
    query: "",
    header,
    signal: new AbortController().signal,
    body,
    watch: { read() {}, answered() {} },
    explain: ClipError.wrap,
  };
}

/** A body whose first two bytes say how many of the others are JSON; zero is no such header. */
async function readHttpInference(bytes: Uint8Array): Promise<void> {
  const length = (bytes[0] ?? 0) + (bytes[1] ?? 0) * 256;
  const call = callWith(
    "/v2/models/x/infer",
    bytes.subarray(2),
    (name) => name === HEADER_LENGTH && length > 0 ? String(length) : undefined,
  );
  readAll(await readHttpInferRequest(call, { maxDocuments: MAX_ELEMENTS, maxValues: 10_000 }));
}

/** What is let through has as many items as are allowed, and none beyond what was sent. */
function readAll(request: InferRequest): void {
  const { items } = atOnce(readItems(request, { maxElements: MAX_ELEMENTS }, new Slices()));
  if (items.length > MAX_ELEMENTS) throw new Error(`${items.length} items were let through`);
  for (const item of items) {
    if (!("pixels" in item)) continue;
    const { data, width, height, channels } = item.pixels;
    if (data.length !== width * height * channels) throw new Error("Pixels of another size");
  }
}
