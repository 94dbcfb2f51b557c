/** A user's program: it is compiled against the package's types, not run. */
import {
  ClipClient,
  ClipClientError,
  type ClipDocument,
  type EmbeddingMatrix,
  type EncodedItem,
  plainText,
  type ResultDocument,
} from "clipline-client";

export async function use(): Promise<void> {
  await using client = new ClipClient("grpc://localhost:51000", {
    apiKey: "key",
    retry: { retries: 3 },
    tls: { ca: "PEM" },
  });
  const matrix: EmbeddingMatrix = await client.encode(["a", new Uint8Array(1), plainText("b.png")]);
  const row: Float32Array = matrix.row(0);
  const documents: ResultDocument[] = await client.encode([{ id: "x", text: "a" }]);
  const either: EmbeddingMatrix | ResultDocument[] = await client.encode(["a", { text: "b" }]);
  const query: ClipDocument = { text: "a", matches: ["b", new Blob([])] };
  const [ranked] = await client.rank([query]);
  const score: number | undefined = ranked?.matches?.[0]?.scores?.["clip_score"]?.value;
  async function* texts() {
    yield "a";
  }
  const stream: AsyncIterable<EncodedItem<string>> = client.encodeStream(texts(), {
    ordered: false,
    signal: AbortSignal.timeout(1000),
    onProgress: ({ done, total }) => void (done + (total ?? 0)),
  });
  for await (const { input, embedding, error } of stream) {
    if (error === undefined) use2(input, embedding);
    else if (error instanceof ClipClientError && error.kind === "document") use2(error.message);
  }
  // @ts-expect-error: a number is no content.
  await client.encode([5]);
  // @ts-expect-error: one string is no list.
  await client.encode(5);
  // @ts-expect-error: there is no such option.
  await client.search(["a"], { limits: 3 });
  use2(row, documents, either, score);
}

function use2(...values: unknown[]): void {
  void values;
}
