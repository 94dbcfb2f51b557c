import assert from "node:assert/strict";
import { BLOCK, CENTRES, DIMENSIONS, Mixture } from "../../../bench/search/mixture.ts";
import { cosineDistance } from "../../../bench/embedding.ts";

const mixture = new Mixture();

const row = (vectors: Float32Array, number: number) =>
  vectors.subarray(number * DIMENSIONS, (number + 1) * DIMENSIONS);

Deno.test("Mixture gives the same vectors every time, others in every block", () => {
  const [again, first] = [new Mixture().documents(3), mixture.documents(3)];
  assert.deepEqual(again, first);
  assert.equal(first.vectors.length, BLOCK * DIMENSIONS);
  for (const other of [mixture.documents(4), mixture.queries(3)]) {
    assert.notDeepEqual(other.centres, first.centres);
    assert.ok(cosineDistance(row(other.vectors, 0), row(first.vectors, 0)) > 0.01);
  }
});

Deno.test("Vectors of one cluster have a cosine of 0.75, those of two have nothing in common", () => {
  const blocks = [0, 1, 2, 3].map((block) => mixture.documents(block));
  const vectors = blocks.flatMap((block) =>
    Array.from(block.centres, (centre, i) => ({ centre, vector: row(block.vectors, i) }))
  );
  const ofOne = vectors.filter(({ centre }) => centre === vectors[0]!.centre);
  assert.ok(vectors.every(({ centre }) => centre < CENTRES));
  const near = ofOne.slice(1).map(({ vector }) => cosineDistance(vectors[0]!.vector, vector));
  const far = vectors.filter(({ centre }) => centre !== vectors[0]!.centre)
    .map(({ vector }) => cosineDistance(vectors[0]!.vector, vector));
  for (const distance of near) assert.ok(Math.abs(distance - 0.25) < 0.08, `${distance}`);
  assert.ok(Math.min(...far) > 0.7);
});
