/** Pictures that `clip_client` 0.6.0 to 0.7.0 has loaded itself. */
import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../../src/dispatch/threaded_tokenizer.ts";
import { encodeDocuments } from "../../../src/dialects/jina/encode_documents.ts";
import { rankDocuments } from "../../../src/dialects/jina/rank_documents.ts";
import type { Document } from "../../../src/dialects/jina/document/document.ts";
import type { DataRequest } from "../../../src/dialects/jina/document/request.ts";
import { ExecutorTable } from "../../../src/service/executors.ts";
import { Service } from "../../../src/service/service.ts";
import { FetchedBytes } from "../../../src/service/uri/fetched_bytes.ts";
import { UriLoader } from "../../../src/service/uri/load_uri.ts";
import { FakeEncoder } from "../../support/fake_encoder.ts";

const TAG = "__loaded_by_CAS__";
const blob = new Uint8Array(10);
const signal = new AbortController().signal;

function requestOf(docs: Document[]): DataRequest {
  return { requestId: "r", execEndpoint: "/", parameters: {}, docs };
}

function served() {
  const executors = new ExecutorTable([{
    name: "clip_t",
    models: ["fake"],
    accessPaths: "@r",
    encoder: new FakeEncoder(),
    tokenizer: new ThreadedTokenizer(),
    batching: { maxTokens: 616, workers: 1 },
    description: {},
  }]);
  const uris = new UriLoader({
    allowPrivateUris: false,
    allowLocalFiles: [],
    timeoutMs: 60_000,
    maxBytes: 1000,
    maxRedirects: 0,
    concurrency: 1,
  });
  const fetched = new FetchedBytes({ ofRequest: 1000, ofAll: 1000 });
  const service = new Service({ executors, uris, fetched, timeoutMs: 0 });
  return { service, executor: executors.choose(undefined) };
}

Deno.test("a picture that its client has loaded is left out of the answer, and so is the tag", async () => {
  const { service, executor } = served();
  const docs: Document[] = [
    { id: "a", uri: "a.png", blob, tags: { [TAG]: true, mine: 1 } },
    { id: "b", blob, tags: { [TAG]: false } },
    { id: "c", blob, tags: { mine: 2 } },
    { id: "d", text: "a text", tags: { [TAG]: true } },
  ];
  await encodeDocuments(requestOf(docs), executor, {}, service, { signal });
  assert.ok(docs.every(({ embedding }) => embedding !== undefined));
  const [a, b, c, d] = docs;
  assert.deepEqual([a!.blob, a!.uri, a!.tags], [undefined, "a.png", { mine: 1 }]);
  assert.deepEqual([b!.blob, b!.tags], [blob, {}]);
  assert.deepEqual([c!.blob, c!.tags], [blob, { mine: 2 }]);
  assert.deepEqual([d!.text, d!.tags], ["a text", { [TAG]: true }]);
});

Deno.test("the same of what is ranked", async () => {
  const { service, executor } = served();
  const match: Document = { id: "m", blob, tags: { [TAG]: true } };
  const docs: Document[] = [{ id: "q", blob, tags: { [TAG]: true }, matches: [match] }];
  await rankDocuments(requestOf(docs), executor, {}, service, { signal });
  for (const { blob, tags } of [docs[0]!, docs[0]!.matches![0]!]) {
    assert.deepEqual([blob, tags], [undefined, {}]);
  }
});
