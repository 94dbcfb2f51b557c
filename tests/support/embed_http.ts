/** A client of the HTTP gateway. */
import assert from "node:assert/strict";

/** A document to embed. */
export type Question = { text: string } | { blob: Uint8Array };

/** The embeddings of some documents, row after row. */
export async function embedOverHttp(
  url: string,
  questions: readonly Question[],
): Promise<Float32Array> {
  const data = questions.map((question) =>
    "text" in question ? question : { blob: question.blob.toBase64() }
  );
  const response = await fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data, execEndpoint: "/" }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answer = JSON.parse(text);
  assert.equal(answer.data.length, questions.length);
  const rows = answer.data.map((doc: { embedding: number[]; blob?: string }) => {
    const told = () => JSON.stringify([answer.header.status, { ...doc, blob: undefined }]);
    assert.ok(Array.isArray(doc.embedding), told().slice(0, 1000));
    return doc.embedding;
  });
  return Float32Array.from(rows.flat());
}
