// The same as _reference.py for the Node scripts.
import { KEY, norm, RED, TEXTS } from "./_kit.mjs";

export const EXACT = 1e-5;
export const unit = (vector) => vector.map((x) => x / norm(vector));

/** Unit vectors of Jina's documents. */
export async function encode(url, data) {
  const answer = await fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ data, execEndpoint: "/" }),
  });
  return (await answer.json()).data.map(({ embedding }) => unit(embedding));
}
export const texts = (url, some = TEXTS) => encode(url, some.map((text) => ({ text })));
export const images = (url, some = [RED]) =>
  encode(url, some.map((image) => ({ blob: image.toString("base64") })));

/** Whether two vectors agree in every value; tells by how much they do not. */
export function same(given, wanted, tolerance = EXACT) {
  if (given.length !== wanted.length) {
    throw new Error(`${given.length} values, not ${wanted.length}`);
  }
  const difference = Math.max(...wanted.map((x, i) => Math.abs(x - given[i])));
  if (!(difference <= tolerance)) throw new Error(`values differ by up to ${difference}`);
  return true;
}
/** The same of two lists of vectors, in order. */
export function allSame(given, wanted, tolerance = EXACT) {
  if (given.length !== wanted.length) {
    throw new Error(`${given.length} vectors, not ${wanted.length}`);
  }
  return wanted.every((vector, i) => same(given[i], vector, tolerance));
}
