/** What goes wrong, and what is tried again. */
import assert from "node:assert/strict";
import type { HttpExchange } from "../../../client/mod.ts";
import { withBreakingProxy } from "./breaking_proxy.ts";
import { type ClientCase, forEachProtocol } from "./case.ts";
import { type Answered, cheapAnswer, withFakeHttp } from "./fake_http.ts";
import { assertClose, rejected } from "./same_numbers.ts";

const BUSY: Answered = { status: 503, body: { detail: "full" } };

/** Time that passes by itself, and what was waited for. */
function quickClock() {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: (ms: number) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export const FAILURE_CASES: ClientCase[] = [
  {
    name: "503 and 429 are tried again, after the time that the server says",
    async run({ library: { ClipClient } }) {
      const refusals: Answered[] = [
        { ...BUSY, headers: { "retry-after": "3" } },
        { status: 429, headers: { "retry-after": "2" }, body: { detail: "slower" } },
        BUSY,
      ];
      await withFakeHttp(
        (asked, n) => refusals[n - 1] ?? cheapAnswer(asked),
        async (url, asked) => {
          const clock = quickClock();
          const client = new ClipClient(url, { clock });
          const { rows } = await client.encode(["abc"]);
          assert.equal(rows, 1);
          assert.equal(asked.length, 4);
          // Retry-After with a spread behind it; without it, half of a bound that doubles.
          assert.deepEqual(clock.waits, [3200, 2400, 400]);
          const ids = new Set(asked.map(({ body }) => body.data[0]!.id));
          assert.equal(ids.size, 1);
        },
      );
    },
  },
  {
    name: "tries come to an end, with the server's words",
    async run({ library: { ClipClient, ClipClientError } }) {
      await withFakeHttp(() => BUSY, async (url, asked) => {
        const client = new ClipClient(url, { clock: quickClock(), retry: { retries: 2 } });
        const error = await rejected(client.encode(["a"]), ClipClientError);
        assert.equal(error.kind, "overloaded");
        assert.equal(error.status, 503);
        assert.match(error.message, /^full \(HTTP 503\)/);
        assert.equal(asked.length, 3);
      });
    },
  },
  {
    name: "what is not safe is sent again only where the server has not begun with it",
    async run({ library: { ClipClient, ClipClientError } }) {
      await withFakeHttp((_, n) => n === 1 ? BUSY : "break", async (url, asked) => {
        const client = new ClipClient(url, { clock: quickClock() });
        const error = await rejected(client.post("/delete", [{ id: "a" }]), ClipClientError);
        assert.equal(error.kind, "connection");
        assert.equal(asked.length, 2);
        await rejected(
          client.post("/delete", [{ id: "a" }], { idempotent: true }),
          ClipClientError,
        );
        assert.equal(asked.length, 2 + 6);
      });
    },
  },
  {
    name: "a request that fails as a whole is narrowed down to the document at fault",
    async run({ library: { ClipClient } }) {
      const isBad = ({ text }: { text?: string }) => text === "bad";
      await withFakeHttp((asked) =>
        !asked.body.data.some(isBad) ? cheapAnswer(asked) : {
          status: 200,
          body: {
            header: { status: { code: 1, description: "ValueError('no')", exception: null } },
            data: asked.body.data,
          },
        }, async (url, asked) => {
        const client = new ClipClient(url);
        const texts = ["a", "b", "c", "bad", "d", "e", "f", "g"];
        const { errors, row } = await client.encode(texts, { itemErrors: "return" })
          .then((matrix) => ({ errors: matrix.errors, row: (i: number) => matrix.row(i) }));
        assert.deepEqual([...errors.keys()], [3]);
        assert.match(errors.get(3)!.message, /^Item 3: ValueError\('no'\)$/);
        assert.deepEqual([...row(7)], [1, 1]);
        assert.equal(asked.length, 7);
      });
    },
  },
  {
    name: "wrong parameters, a wrong key and a wrong path end the call at once",
    async run({ library: { ClipClient, ClipClientError } }) {
      const detail = [{ loc: ["body", "parameters", "normalize"], msg: "no boolean" }];
      for (
        const [status, body, kind, requests] of [
          [422, { detail }, "usage", 1],
          [401, { detail: "no key" }, "unauthenticated", 1],
          [404, { detail: "Not Found" }, "not_found", 2],
        ] as const
      ) {
        await withFakeHttp(() => ({ status, body }), async (url, asked) => {
          const error = await rejected(new ClipClient(url).encode(["a", "b"]), ClipClientError);
          assert.equal(error.kind, kind);
          assert.equal(error.status, status);
          assert.equal(asked.length, requests);
        });
      }
    },
  },
  {
    name: "a server without /post is asked by path",
    async run({ library: { ClipClient } }) {
      const missing = { status: 404, body: { detail: "Not Found" } };
      await withFakeHttp(
        (asked) => asked.path === "/post" ? missing : cheapAnswer(asked),
        async (url, asked) => {
          const client = new ClipClient(url);
          await client.encode(["a"]);
          await client.encode(["a"], { parameters: { model_name: "m" } });
          const paths = asked.map(({ path }) => path);
          assert.deepEqual(paths, ["/post", "/encode", "/encode/m"]);
        },
      );
    },
  },
  {
    name: "a path in the address stays before those of the server, and headers are sent",
    async run({ library: { ClipClient } }) {
      await withFakeHttp(cheapAnswer, async (url, asked) => {
        const headers = { "x-team": "search" };
        await new ClipClient(`${url}/clip/`, { apiKey: "secret", headers }).encode(["a"]);
        await new ClipClient(url, { credential: { Authorization: "token" } }).encode(["a"]);
        assert.equal(asked[0]!.path, "/clip/post");
        assert.equal(asked[0]!.headers.authorization, "Bearer secret");
        assert.equal(asked[0]!.headers["x-team"], "search");
        assert.equal(asked[1]!.headers.authorization, "token");
        assert.deepEqual(asked[0]!.body.parameters, { drop_image_content: true, on_error: "skip" });
      });
    },
  },
  {
    name: "every exchange over HTTP is told of as it went over the wire, refusals too",
    async run({ library: { ClipClient } }) {
      const answers = [BUSY];
      await withFakeHttp((asked) => answers.shift() ?? cheapAnswer(asked), async (url, asked) => {
        const told: HttpExchange[] = [];
        const client = new ClipClient(url, { clock: quickClock() });
        const onExchange = (exchange: HttpExchange) => void told.push(exchange);
        await client.encode(["abc"], { onExchange });
        await client.post("/filter", undefined, { onExchange });
        await client.encode(["not told of"]);
        assert.deepEqual(
          told.map(({ url, status }) => [url, status]),
          [503, 200, 200].map((status) => [`${url}/post`, status]),
        );
        assert.equal(told[0]!.received, JSON.stringify({ detail: "full" }));
        assert.deepEqual(JSON.parse(told[1]!.received).data[0].embedding, [3, 1]);
        assert.equal(JSON.parse(told[1]!.sent).data[0].id, asked[1]!.body.data[0]!.id);
        assert.ok(told.every(({ ms }) => ms > 0));
      });
    },
  },
  {
    name: "no answer in time is a timeout, of a try and of the call",
    async run({ library: { ClipClient, ClipClientError } }) {
      await withFakeHttp(() => "silence", async (url) => {
        const clock = quickClock();
        const client = new ClipClient(url, { clock, retry: { retries: 1 } });
        const error = await rejected(client.encode(["a"], { timeoutMs: 20 }), ClipClientError);
        assert.equal(error.kind, "timeout");
        // On a busy machine the time of a try may be over before it has left.
        assert.equal(clock.waits.length, 1);
        const late = await rejected(client.encode(["a"], { deadlineMs: 20 }), ClipClientError);
        assert.match(late.message, /deadlineMs of 20/);
      });
    },
  },
  ...forEachProtocol("a connection that breaks is opened again, and nothing is lost", async (
    url,
    place,
  ) => {
    const direct = new place.library.ClipClient(url);
    const texts = Array.from({ length: 60 }, (_, i) => `${i} stars`);
    const expected = await direct.encode(texts);
    await withBreakingProxy(url, async (proxy) => {
      const retry = { baseMs: 10, retries: 20 };
      const client = new place.library.ClipClient(proxy.url, { retry });
      let next = 0;
      const options = { batchSize: 2, prefetch: 5 };
      for await (const { index, embedding } of client.encodeStream(texts, options)) {
        assert.equal(index, next++);
        assertClose(embedding!, expected.row(index), `item ${index}`);
        if (index % 20 === 10) proxy.breakAll();
      }
      assert.equal(next, 60);
      assert.ok(proxy.taken >= 3, `${proxy.taken} connections`);
      await client.close();
    });
    await direct.close();
  }),
  {
    name: "where nobody listens, the message says what to look at",
    async run({ library: { ClipClient, ClipClientError } }) {
      // The port is taken at one address, so that nobody else has it at another meanwhile.
      await withFakeHttp(cheapAnswer, async (url) => {
        const nobody = url.replace("127.0.0.1", "127.0.0.2");
        for (const scheme of ["http", "ws", "grpc"]) {
          const client = new ClipClient(nobody.replace("http", scheme), { retry: { retries: 0 } });
          const error = await rejected(client.encode(["a"]), ClipClientError);
          assert.ok(["connection", "unavailable"].includes(error.kind), error.kind);
          assert.match(error.message, /Is the server running/);
          await client.close();
        }
      });
    },
  },
  {
    name: "an answer that is none of such a server is told",
    async run({ library: { ClipClient, ClipClientError } }) {
      await withFakeHttp(() => ({ status: 200, body: { hello: 1 } }), async (url) => {
        const error = await rejected(new ClipClient(url).encode(["a"]), ClipClientError);
        assert.equal(error.kind, "protocol");
      });
    },
  },
];
