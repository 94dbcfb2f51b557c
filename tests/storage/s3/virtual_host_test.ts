/** Buckets in the host's name, as AWS wants them. */
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { CredentialCache } from "../../../src/storage/aws/credentials.ts";
import { S3Bucket } from "../../../src/storage/s3/bucket.ts";
import { S3Connection } from "../../../src/storage/s3/connection.ts";
import { S3Server, VIRTUAL_DOMAIN } from "../../support/s3_server.ts";

/** A proxy that finds every host at one port of loopback. */
async function proxyTo(port: number, hosts: Set<string>): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const { pathname, search, host } = new URL(request.url!);
    hosts.add(host);
    const { method, headers } = request;
    const path = pathname + search;
    const on = http.request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

Deno.test("a bucket in the host's name is signed, listed, written and read", async () => {
  await using server = await S3Server.start("photos");
  const hosts = new Set<string>();
  const proxy = await proxyTo(server.port, hosts);
  const { port } = proxy.address() as AddressInfo;
  const client = Deno.createHttpClient({ proxy: { url: `http://127.0.0.1:${port}` } });
  try {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = server
      .variables as { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
    const credentials = { credentials: { accessKeyId, secretAccessKey }, source: "a test" };
    const settings = {
      endpoint: `http://${VIRTUAL_DOMAIN}`,
      region: "us-east-1",
      regionIsGuessed: false,
      addressing: "virtual" as const,
      caBundle: undefined,
      requesterPays: false,
      unread: [],
    };
    const cache = new CredentialCache(() => Promise.resolve(credentials));
    const bucket = new S3Bucket(new S3Connection("photos", settings, cache, { client }));
    for (const key of ["a b/c+d.txt", "plain"]) {
      await bucket.write(key, new TextEncoder().encode(key));
      assert.equal(await new Response(bucket.read(key)).text(), key);
    }
    const listed = await Array.fromAsync(bucket.list(""));
    assert.deepEqual(listed.map(({ key }) => key), ["a b/c+d.txt", "plain"]);
    assert.deepEqual([...hosts], [`photos.${VIRTUAL_DOMAIN}`]);
  } finally {
    client.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});
