/** An `Upgrade` that is not for a WebSocket is no reason to refuse (RFC 9110, section 7.8). */
import assert from "node:assert/strict";
import { nodeOnly } from "../support/http_server.ts";
import { raw } from "../support/raw_http.ts";
import { openGateways } from "../support/gateways.ts";
import { ownPort } from "../support/own_port.ts";

Deno.test(
  "requests that offer another protocol are served as they are",
  nodeOnly("h2c"),
  async () => {
    const body = '{"data":[{"text":"hello"}]}';
    for (const protocol of ["http", "[http, websocket]"]) {
      const port = protocol === "http" ? "0" : String(await ownPort());
      await using gateways = await openGateways({ protocol, port });
      const url = gateways.url("http");
      for (
        const offer of [
          // Java's HttpClient and curl --http2.
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
          // Apache HttpClient 5.4.
          "Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
          "Upgrade: nonsense\r\n",
        ]
      ) {
        const close = offer.startsWith("Connection")
          ? offer.replace("Connection: ", "Connection: close, ")
          : `${offer}Connection: close\r\n`;
        const answer = await raw(
          url,
          `POST /encode HTTP/1.1\r\nHost: x\r\n${close}Content-Type: application/json\r\n` +
            `Content-Length: ${body.length}\r\n\r\n${body}`,
        );
        assert.match(answer, /^HTTP\/1\.1 200 /, offer);
        assert.match(answer, /"embedding":\[5,1,2,3\]/);
        assert.match(
          await raw(url, `GET /healthz/live HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
          / 200 /,
        );
      }
      const curl = new Deno.Command("curl", {
        args: [
          "-s",
          "--http2",
          "-d",
          body,
          "-H",
          "content-type: application/json",
          `${url}/encode`,
        ],
      });
      assert.match(
        new TextDecoder().decode((await curl.output()).stdout),
        /"embedding":\[5,1,2,3\]/,
      );
    }
  },
);
