import assert from "node:assert/strict";
import { join } from "node:path";
import { parseObjectAddress } from "../../src/storage/object_address.ts";
import { ObjectStores } from "../../src/storage/open_store.ts";
import { Certificates } from "../support/certificates.ts";
import { S3Server } from "../support/s3_server.ts";

Deno.test("one command has several stores: an address names a profile, which stands by itself", async () => {
  await using here = await S3Server.start("photos");
  await using there = await S3Server.start("photos");
  const home = await Deno.makeTempDir();
  await Deno.mkdir(join(home, ".aws"));
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = there.variables;
  const config = `[profile minio]
region = us-east-1
endpoint_url = ${there.url}
aws_access_key_id = ${key}
aws_secret_access_key = ${secret}
[profile bad]
endpoint_url = minio:9000
`;
  await Deno.writeTextFile(join(home, ".aws", "config"), config);
  const environment = here.environment({
    HOME: home,
    AWS_CONFIG_FILE: undefined,
    // Nothing of these is the profile's.
    AWS_ENDPOINT_URL: undefined,
    AWS_ENDPOINT_URL_S3: here.url,
    AWS_S3_ADDRESSING_STYLE: "path",
    AWS_SESSION_TOKEN: "",
  });
  const stores = await ObjectStores.open({ environment });
  const bucketOf = async (address: string) => {
    const { bucket, ...account } = parseObjectAddress(address);
    return (await stores.of(account)).bucket(bucket);
  };
  const [one, other] = [await bucketOf("s3://photos"), await bucketOf("s3://minio@photos")];
  assert.deepEqual([one.name, other.name], ["s3://photos", "s3://minio@photos"]);
  assert.equal(await bucketOf("s3://minio@photos/x"), other, "it is opened once");
  await one.write("a", new TextEncoder().encode("here"));
  assert.equal(await other.head("a"), undefined);
  await other.write("a", new Uint8Array(await new Response(one.read("a")).arrayBuffer()));
  assert.equal(await new Response(other.read("a")).text(), "here");
  await assert.rejects(new Response(other.read("b")).text(), {
    message: "Cannot read 's3://minio@photos/b': it is not there",
  });
  await assert.rejects(bucketOf("s3://nobody@photos"), {
    kind: "config",
    message: /^There is no AWS profile 'nobody' .*there are: minio, bad$/,
  });
  await assert.rejects(bucketOf("s3://bad@photos"), { message: /'minio:9000' is no endpoint/ });
  await Deno.remove(home, { recursive: true });
});

/** What an empty bucket answers, and the URLs that it was asked for. */
function emptyBucket(options: Deno.ServeTcpOptions & Partial<Deno.TlsCertifiedKeyPem>) {
  const asked: string[] = [];
  const service = Deno.serve({ port: 0, onListen() {}, ...options }, ({ url }) => {
    asked.push(url);
    return new Response("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  });
  return { service, asked, port: service.addr.port };
}

async function list(variables: Record<string, string>): Promise<unknown[]> {
  const all: Record<string, string> = { AWS_NO_SIGN_REQUEST: "true", ...variables };
  const patience = { tries: 2, firstDelayMs: 1, mostDelayMs: 1, answerMs: 20_000, stallMs: 20_000 };
  const stores = await ObjectStores.open({ environment: (name) => all[name], patience });
  return await Array.fromAsync(stores.bucket("photos").list(""));
}

Deno.test("a store whose certificate is of an own authority is reached with AWS_CA_BUNDLE", async () => {
  const certificates = new Certificates();
  certificates.selfSigned("store");
  const read = (name: string) => Deno.readTextFileSync(certificates.path(name));
  const { service, port } = emptyBucket({
    hostname: "127.0.0.1",
    cert: read("store.crt"),
    key: read("store.key"),
  });
  try {
    const AWS_ENDPOINT_URL = `https://127.0.0.1:${port}`;
    const AWS_CA_BUNDLE = certificates.path("store.crt");
    assert.deepEqual(await list({ AWS_ENDPOINT_URL, AWS_CA_BUNDLE }), []);
    await assert.rejects(list({ AWS_ENDPOINT_URL }), {
      message: /\(TLS: UnknownIssuer; AWS_CA_BUNDLE adds certificates\)/,
    });
    const wrong: readonly [string, RegExp][] = [
      [certificates.path("store.key"), /'.*store\.key' \(AWS_CA_BUNDLE\): there is none in PEM$/],
      [certificates.directory, /\(AWS_CA_BUNDLE\): it is a folder$/],
      ["/dev/null", /there is none in PEM$/],
    ];
    for (const [path, message] of wrong) {
      const opened = list({ AWS_ENDPOINT_URL, AWS_CA_BUNDLE: path });
      await assert.rejects(opened, { kind: "config", message });
    }
  } finally {
    await service.shutdown();
    certificates[Symbol.dispose]();
  }
});

Deno.test("an endpoint may have a path, a slash at its end, or a number of IPv6", async () => {
  const { service, asked, port } = emptyBucket({ hostname: "::1" });
  try {
    for (const end of ["", "/", "/base/path", "/base/path//"]) {
      await list({ AWS_ENDPOINT_URL: `http://[::1]:${port}${end}` });
    }
    const paths = asked.map((url) => url.replace(/\?.*/, ""));
    const base = `http://[::1]:${port}`;
    assert.deepEqual(paths, [
      ...[`${base}/photos/`, `${base}/photos/`],
      ...[`${base}/base/path/photos/`, `${base}/base/path/photos/`],
    ]);
  } finally {
    await service.shutdown();
  }
});
