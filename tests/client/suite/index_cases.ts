/** A server that keeps documents, and finds them. */
import assert from "node:assert/strict";
import type { ClientCase } from "./case.ts";
import { rejected } from "./same_numbers.ts";

export const INDEX_CASES: ClientCase[] = (["grpc", "http", "ws"] as const).map((protocol) => ({
  name:
    `documents are indexed, found by what they are and by their tags, and deleted (${protocol})`,
  async run({ search, images, library: { ClipClient, ClipClientError } }) {
    const client = new ClipClient(search[protocol]);
    const shapes = ["red circle", "blue square", "green star", "yellow triangle"];
    const documents = shapes.map((shape, i) => ({
      id: `${protocol}-${i}`,
      text: `a ${shape}`,
      tags: { name: shape, folder: protocol },
      uri: "data:image/gif;base64,R0lGOD",
    }));
    const bad = { id: `${protocol}-bad`, blob: new Uint8Array([1, 2, 3]) };
    const indexed = await client.index([...documents, bad, {
      id: `${protocol}-p`,
      uri: images[0]!,
    }], {
      itemErrors: "return",
    });
    assert.deepEqual(indexed.map(({ error }) => error?.index), [
      ...[undefined, undefined, undefined, undefined],
      4,
      undefined,
    ]);
    assert.equal(indexed[0]!.embedding!.length, 128);
    // Once more: nothing is there twice.
    await client.index(documents);
    const parameters = { filter: { folder: protocol } };
    const [found] = await client.search(["a red circle"], { limit: 10, parameters });
    assert.equal(found!.matches!.length, 4);
    const [best] = found!.matches!;
    assert.equal(best!.id, `${protocol}-0`);
    assert.deepEqual(best!.tags, { name: "red circle", folder: protocol });
    assert.equal(best!.uri, "data:image/gif;base64,R0lGOD");
    assert.ok(Math.abs(best!.scores!["cosine"]!.value) < 1e-4);
    const vector = indexed[1]!.embedding!;
    const [near] = await client.search([{ embedding: vector }], { limit: 1, parameters });
    assert.equal(near!.matches![0]!.id, `${protocol}-1`);
    const streamed: string[] = [];
    for await (const { document } of client.searchStream(shapes, { limit: 1, parameters })) {
      streamed.push(document!.matches![0]!.id);
    }
    assert.equal(streamed.length, 4);
    const wrong = await rejected(
      client.search(["a"], { parameters: { filter: { folder: { $no: 1 } } } }),
      ClipClientError,
    );
    assert.match(wrong.message, /\$no/);
    await client.post("/delete", documents.slice(0, 1));
    const [left] = await client.search(["a red circle"], { parameters });
    assert.equal(left!.matches!.length, 3);
    const [status] = await client.post("/status");
    assert.ok(Number(status!.tags!["total_docs"]) >= 3);
    await client.close();
  },
}));
