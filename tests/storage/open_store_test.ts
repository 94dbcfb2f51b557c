import assert from "node:assert/strict";
import { join } from "node:path";
import { parseObjectAddress } from "../../src/storage/object_address.ts";
import { ObjectStores } from "../../src/storage/open_store.ts";
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
