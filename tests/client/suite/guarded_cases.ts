/** TLS with an authority of one's own, and API keys. */
import assert from "node:assert/strict";
import type { ClientCase, Place } from "./case.ts";
import { assertClose, rejected } from "./same_numbers.ts";

function forEachGuarded(
  name: string,
  run: (url: string, place: Place) => Promise<void>,
): ClientCase[] {
  return (["grpcs", "https", "wss"] as const).map((protocol) => ({
    name: `${name} (${protocol})`,
    run: (place) => run(place.guarded.urls[protocol], place),
  }));
}

export const GUARDED_CASES: ClientCase[] = [
  ...forEachGuarded("a key and an authority of one's own let in", async (url, place) => {
    const { guarded: { ca, apiKey }, library: { ClipClient }, urls } = place;
    const client = new ClipClient(url, { apiKey, tls: { ca }, compress: true });
    const open = new ClipClient(urls.http, { compress: true });
    const texts = Array.from({ length: 40 }, (_, i) => `a red circle ${"x".repeat(200)} ${i}`);
    assertClose((await client.encode(texts)).data, (await open.encode(texts)).data);
    await client.close();
    await open.close();
  }),
  ...forEachGuarded("a rate is kept to, and nothing is lost by it", async (url, place) => {
    const { guarded: { ca, slowKey }, library: { ClipClient } } = place;
    const client = new ClipClient(url, { apiKey: slowKey, tls: { ca } });
    const texts = Array.from({ length: 600 }, (_, i) => `${i} stars`);
    const began = performance.now();
    assert.equal((await client.encode(texts)).rows, 600);
    assert.ok(performance.now() - began > 1000);
    await client.close();
  }),
  ...forEachGuarded("a wrong key is told at once", async (url, place) => {
    const { guarded: { ca }, library: { ClipClient, ClipClientError } } = place;
    for (const key of [{}, { apiKey: "wrong" }]) {
      const client = new ClipClient(url, { ...key, tls: { ca } });
      const error = await rejected(client.encode(["a"]), ClipClientError);
      assert.equal(error.kind, "unauthenticated", error.message);
      assert.match(error.message, /apiKey/);
      await client.close();
    }
  }),
  ...forEachGuarded("a certificate that nobody vouches for is refused", async (url, place) => {
    const { guarded: { apiKey }, library: { ClipClient, ClipClientError } } = place;
    const client = new ClipClient(url, { apiKey, retry: { retries: 0 } });
    const error = await rejected(client.encode(["a"]), ClipClientError);
    assert.ok(["connection", "unavailable"].includes(error.kind), error.kind);
    // Deno's own WebSocket says so of its second try only, which is by HTTP/2.
    assert.match(error.message, /certificate|UnknownIssuer|self.signed|NoApplicationProtocol/i);
    await client.close();
  }),
];
