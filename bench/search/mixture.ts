/**
 * Vectors that lie as real embeddings do, in clusters: a seeded mixture of Gaussians. Uniform noise
 * has no near neighbours, and says nothing about an index.
 */
import { normalChunks } from "../random_values.ts";

/** Numbers of a vector, as ViT-B/32's. */
export const DIMENSIONS = 512;
/** Clusters. */
export const CENTRES = 3000;
/** Vectors that are made at a time: each block from a seed of its own, so that a file can go on. */
export const BLOCK = 1000;

/** Length of the noise over that of a centre: two vectors of a cluster have a cosine of 0.75. */
const SPREAD = Math.sqrt(1 / 3);

/** Seeds of blocks of documents count up from 0, those of queries from here. */
const QUERIES = 1 << 24;

/** Some vectors, and the cluster of each. */
export interface Block {
  /** float32 `[BLOCK, DIMENSIONS]`, not normalised. */
  vectors: Float32Array;
  centres: Uint32Array;
}

/** Makes the vectors; the same numbers give the same bytes. */
export class Mixture {
  readonly #centres = unitRows(normals(CENTRES * DIMENSIONS, 1, mixed(-1)));

  /** Documents `BLOCK * number` and on. */
  documents(number: number): Block {
    return this.#block(number);
  }

  /** Queries: other vectors of the same clusters. */
  queries(number: number): Block {
    return this.#block(QUERIES + number);
  }

  #block(number: number): Block {
    const centres = new Uint32Array(BLOCK);
    const vectors = normals(BLOCK * DIMENSIONS, SPREAD / Math.sqrt(DIMENSIONS), mixed(2 * number));
    for (let row = 0; row < BLOCK; row++) {
      const centre = mixed(2 * (number * BLOCK + row) + 1) % CENTRES;
      centres[row] = centre;
      for (let i = 0; i < DIMENSIONS; i++) {
        vectors[row * DIMENSIONS + i]! += this.#centres[centre * DIMENSIONS + i]!;
      }
    }
    return { vectors, centres };
  }
}

function normals(count: number, std: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const bytes = new Uint8Array(values.buffer);
  let at = 0;
  for (const chunk of normalChunks(count, { mean: 0, std }, "float32", seed)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return values;
}

function unitRows(values: Float32Array): Float32Array {
  for (let at = 0; at < values.length; at += DIMENSIONS) {
    const row = values.subarray(at, at + DIMENSIONS);
    const length = Math.hypot(...row);
    for (let i = 0; i < DIMENSIONS; i++) row[i]! /= length;
  }
  return values;
}

/** Austin Appleby's finaliser of MurmurHash3: near numbers give seeds that have nothing in common. */
function mixed(number: number): number {
  let hash = number | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
