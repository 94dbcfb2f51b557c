/** Streams: bounded, ordered or not, ended from either side. */
import assert from "node:assert/strict";
import { type ClientCase, forEachProtocol } from "./case.ts";
import { cheapAnswer, withFakeHttp } from "./fake_http.ts";
import { assertClose } from "./same_numbers.ts";

export const STREAM_CASES: ClientCase[] = [
  ...forEachProtocol("a stream gives each item once, in order, with its input", async (
    url,
    place,
  ) => {
    const client = new place.library.ClipClient(url);
    const texts = Array.from({ length: 50 }, (_, i) => `${i} squares`);
    const expected = await client.encode(texts);
    let next = 0;
    const stream = client.encodeStream(texts, { batchSize: 3, prefetch: 4 });
    for await (const { index, input, embedding } of stream) {
      assert.equal(index, next++);
      assert.equal(input, texts[index]);
      assertClose(embedding!, expected.row(index));
    }
    assert.equal(next, 50);
    await client.close();
  }),
  ...forEachProtocol("a failed item of a stream does not end it", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const items = ["a", new Uint8Array([1]), "b", "missing.png", "c"];
    const failed: number[] = [];
    for await (const { index, error } of client.encodeStream(items)) {
      if (error) failed.push(error.index!, index);
    }
    assert.deepEqual(failed, [1, 1, 3, 3]);
    await client.close();
  }),
  ...forEachProtocol("an endless source is read no further than the window", async (url, place) => {
    const client = new place.library.ClipClient(url);
    let read = 0;
    let returned = false;
    function* endless() {
      try {
        for (;;) yield `text ${read++}`;
      } finally {
        returned = true;
      }
    }
    let seen = 0;
    for await (
      const { embedding } of client.encodeStream(endless(), { batchSize: 4, prefetch: 3 })
    ) {
      assert.ok(embedding);
      if (++seen === 40) break;
    }
    // What was taken, the batches of the window, and the one that is being gathered.
    assert.ok(read <= 40 + 4 * (3 + 1), `${read} were read`);
    assert.ok(returned);
    await client.close();
  }),
  ...forEachProtocol("an AbortSignal ends a stream with its reason", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const controller = new AbortController();
    let returned = false;
    async function* endless() {
      try {
        for (let i = 0;; i++) yield await Promise.resolve(`text ${i}`);
      } finally {
        returned = true;
      }
    }
    let seen = 0;
    const reason = new Error("enough");
    await assert.rejects(async () => {
      for await (const _ of client.encodeStream(endless(), { signal: controller.signal })) {
        if (++seen === 20) controller.abort(reason);
      }
    }, (thrown) => thrown === reason);
    assert.equal(seen, 20);
    assert.ok(returned);
    // The client goes on.
    assert.equal((await client.encode(["a"])).rows, 1);
    await assert.rejects(
      client.encode(["a"], { signal: AbortSignal.abort(reason) }),
      (thrown) => thrown === reason,
    );
    await client.close();
  }),
  {
    name: "results come as they are done, if that is wanted",
    async run({ library: { ClipClient } }) {
      let release = () => {};
      const held = new Promise<void>((resolve) => release = resolve);
      await withFakeHttp(async (asked) => {
        if (asked.body.data[0]!.text === "0") await held;
        return cheapAnswer(asked);
      }, async (url) => {
        const client = new ClipClient(url);
        const order: number[] = [];
        const options = { batchSize: 1, ordered: false };
        for await (const { index } of client.encodeStream(["0", "1", "2"], options)) {
          order.push(index);
          if (order.length === 2) release();
        }
        assert.equal(order[2], 0);
        assert.deepEqual(order.toSorted(), [0, 1, 2]);
      });
    },
  },
  {
    name: "a batch that is not full does not wait for a slow source",
    async run({ library: { ClipClient } }) {
      await withFakeHttp(cheapAnswer, async (url, asked) => {
        const client = new ClipClient(url);
        let wake = (_: string) => {};
        async function* slow() {
          yield "one";
          yield "two";
          yield await new Promise<string>((resolve) => wake = resolve);
        }
        const seen: string[] = [];
        for await (const { input } of client.encodeStream(slow(), { lingerMs: 5 })) {
          seen.push(input);
          // The third only comes when the first two are there.
          if (seen.length === 2) wake("three");
        }
        assert.deepEqual(seen, ["one", "two", "three"]);
        assert.equal(asked.length, 2);
      });
    },
  },
  {
    name: "bytes on their way are bounded",
    async run({ library: { ClipClient } }) {
      const count = 12;
      let inside = 0;
      let most = 0;
      await withFakeHttp(async (asked, n) => {
        most = Math.max(most, ++inside);
        // None is answered alone, but the last.
        while (inside < 2 && n < count) await new Promise((resolve) => setTimeout(resolve));
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside--;
        return cheapAnswer(asked);
      }, async (url) => {
        const client = new ClipClient(url);
        const large = Array.from({ length: count }, () => "x".repeat(10_000));
        await client.encode(large, { batchSize: 1, maxBytes: 25_000 });
        assert.equal(most, 2);
      });
    },
  },
  {
    name: "progress tells what is done, failed and left",
    async run({ urls, library: { ClipClient } }) {
      const client = new ClipClient(urls.grpc);
      const reports: { done: number; failed: number; total: number | undefined }[] = [];
      await client.encode(["a", "b", "c", "missing.png", "d"], {
        batchSize: 2,
        itemErrors: "return",
        onProgress: ({ done, failed, total }) => reports.push({ done, failed, total }),
      });
      assert.deepEqual(reports, [
        { done: 2, failed: 0, total: 5 },
        { done: 4, failed: 1, total: 5 },
        { done: 5, failed: 1, total: 5 },
      ]);
      await client.close();
    },
  },
  {
    name: "what the source throws comes behind the results before it",
    async run({ urls, library: { ClipClient } }) {
      const client = new ClipClient(urls.grpc);
      const reason = new Error("the disk is gone");
      function* broken() {
        yield "a";
        yield "b";
        throw reason;
      }
      const seen: number[] = [];
      await assert.rejects(async () => {
        for await (const { index } of client.encodeStream(broken(), { batchSize: 1 })) {
          seen.push(index);
        }
      }, (thrown) => thrown === reason);
      assert.deepEqual(seen, [0, 1]);
      await client.close();
    },
  },
];
