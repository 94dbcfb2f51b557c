import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type HttpAnswer, jsonBytes } from "../../../src/exchange/http.ts";
import type { HttpHandler } from "../../../src/gateway/http/http_exchange.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { serveNode } from "../../../src/gateway/http/node_adapter.ts";
import { openHanded } from "../../support/http_exchange.ts";

const { receiving } = openHanded();
const lifecycle = { ending: false };

async function withServer(
  handler: HttpHandler,
  work: (url: string) => Promise<void>,
  packAlways = false,
) {
  const server = createServer((incoming, outgoing) =>
    void serveNode(incoming, outgoing, handler, {
      packAlways,
      receiving,
      lifecycle,
      log: SILENT_LOG,
    })
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

const text = (body: string, status = 200): HttpAnswer => ({
  status,
  headers: { "content-type": "text/plain" },
  body: new TextEncoder().encode(body),
});

Deno.test("serveNode() answers a request whose body it does not read, and the next one", async () => {
  await withServer(
    ({ method }) => Promise.resolve(text(`refused ${method}`, 413)),
    async (url) => {
      for (const size of [10, 1_000_000, 10_000_000]) {
        const response = await fetch(url, { method: "POST", body: new Uint8Array(size) });
        assert.equal(response.status, 413);
        assert.equal(await response.text(), "refused POST");
      }
      assert.equal(await (await fetch(url)).text(), "refused GET");
    },
  );
});

Deno.test("serveNode() answers while a body is half read, and lets its reader stop", async () => {
  await withServer(async (exchange) => {
    const stop = new Error("enough");
    const reading = exchange.pieces(() => {
      throw stop;
    });
    await assert.rejects(reading, stop);
    return text("enough", 413);
  }, async (url) => {
    const response = await fetch(url, { method: "POST", body: new Uint8Array(5_000_000) });
    assert.equal(await response.text(), "enough");
  });
});

Deno.test("a refused body whose chunks are broken, or that never ends, harms nobody", async () => {
  await withServer(() => Promise.resolve(text("refused", 413)), async (url) => {
    const { hostname, port } = new URL(url);
    for (const rest of ["-1\r\n", "3\r\nabcdef\r\n0\r\n\r\n", "zz\r\n"]) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const head = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
      await connection.write(new TextEncoder().encode(head + rest));
      // The connection is kept open by its client: the server ends it after lingering.
      let answer = "";
      const buffer = new Uint8Array(4096);
      for (;;) {
        const count = await connection.read(buffer).catch(() => null);
        if (count === null) break;
        answer += new TextDecoder().decode(buffer.subarray(0, count));
      }
      connection.close();
      assert.match(answer, /^$|^HTTP\/1\.1 4\d\d /);
    }
    assert.equal(await (await fetch(url)).text(), "refused");
  });
});

Deno.test("serveNode() tells that the client left, however large the body was", async () => {
  for (const size of [10, 5_000, 500_000]) {
    const entered = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    await withServer(async (exchange) => {
      let received = 0;
      await exchange.pieces((piece) => received += piece.length);
      assert.equal(received, size);
      exchange.signal.addEventListener("abort", () => left.resolve());
      entered.resolve();
      await left.promise;
      return text("nobody");
    }, async (url) => {
      const leaving = new AbortController();
      const options = { method: "POST", body: new Uint8Array(size), signal: leaving.signal };
      const answer = fetch(url, options);
      await entered.promise;
      leaving.abort();
      await assert.rejects(answer);
      await left.promise;
    });
  }
});

Deno.test("serveNode() tells that the client left while its body was read", async () => {
  const left = Promise.withResolvers<unknown>();
  const entered = Promise.withResolvers<void>();
  await withServer(async (exchange) => {
    await exchange.pieces(() => entered.resolve()).catch((error) => left.resolve(error));
    return text("nobody");
  }, async (url) => {
    const { hostname, port } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";
    await connection.write(new TextEncoder().encode(head));
    await entered.promise;
    connection.close();
    assert.equal((await left.promise as { kind: string }).kind, "cancelled");
  });
});

Deno.test("bodies that come at one time on many connections are not mixed up", async () => {
  await withServer(async (exchange) => {
    const pieces: Uint8Array[] = [];
    await exchange.pieces((piece) => pieces.push(piece));
    // Kept for a while, as a request's bytes are until it is computed.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return {
      status: 200,
      headers: {},
      body: new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()),
    };
  }, async (url) => {
    const sizes = [1, 100, 10_000, 100_000, 300_000];
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      const body = new Uint8Array(sizes[i % sizes.length]!).fill(i);
      const response = await fetch(url, { method: "POST", body });
      assert.deepEqual(await response.bytes(), body);
    }));
  });
});

Deno.test("answers are packed where the flow asks for it, and the client accepts it", async () => {
  const small = new TextEncoder().encode("0.123456789, ".repeat(10));
  const medium = new TextEncoder().encode("0.123456789, ".repeat(1000));
  const large = new TextEncoder().encode("0.123456789, ".repeat(100_000));
  const bodies: Record<string, Uint8Array> = {
    "/small": small,
    "/medium": medium,
    "/large": large,
  };
  const handler: HttpHandler = ({ path }) => Promise.resolve(jsonBytes(bodies[path]!));
  const ask = async (url: string, coding: string) => {
    const args = ["-s", "-D-", "--compressed", "-H", `Accept-Encoding: ${coding}`, url];
    const { stdout } = await new Deno.Command("curl", { args }).output();
    const [head = "", body] = new TextDecoder().decode(stdout).split("\r\n\r\n");
    return { coding: /content-encoding: (\w+)/i.exec(head)?.[1], body };
  };
  for (const packAlways of [false, true]) {
    await withServer(handler, async (url) => {
      for (const [path, body] of Object.entries(bodies)) {
        for (const coding of ["gzip", "br", "identity"]) {
          const answer = await ask(url + path.slice(1), coding);
          assert.equal(answer.body, new TextDecoder().decode(body));
          const packed = path === "/large" || (packAlways && path === "/medium");
          assert.equal(answer.coding, packed && coding !== "identity" ? coding : undefined);
        }
      }
    }, packAlways);
  }
});
