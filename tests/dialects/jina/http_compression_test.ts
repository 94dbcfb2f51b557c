import assert from "node:assert/strict";
import { startTestServer } from "../../support/server.ts";

/** The coding of the answer to documents with these texts, for a client that accepts gzip. */
async function codingOf(url: string, texts: string[]): Promise<string | undefined> {
  const curl = new Deno.Command("curl", {
    args: [
      "-s",
      "-D-",
      "-HAccept-Encoding: gzip",
      "-HContent-Type: application/json",
      "-HExpect:",
      "-d@-",
      "--compressed",
      `${url}/encode`,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = curl.stdin.getWriter();
  const data = texts.map((text) => ({ text }));
  await writer.write(new TextEncoder().encode(JSON.stringify({ data })));
  await writer.close();
  const [head = "", body = ""] = new TextDecoder().decode((await curl.output()).stdout)
    .split("\r\n\r\n");
  assert.equal(JSON.parse(body).data.length, texts.length);
  return /content-encoding: (\w+)/i.exec(head)?.[1];
}

Deno.test("answers are packed if the flow asks for it, and else only large ones", async () => {
  const { server, url } = await startTestServer();
  assert.equal(await codingOf(url, Array(20).fill("a red circle")), undefined);
  assert.equal(await codingOf(url, Array(20).fill("a long story ".repeat(5000))), "gzip");
  await server.stop(1000);
  const packing = await startTestServer({ gateway: ["compression: Gzip"] });
  assert.equal(await codingOf(packing.url, Array(20).fill("a red circle")), "gzip");
  await packing.server.stop(1000);
});
