import assert from "node:assert/strict";
import { join } from "node:path";
import type { Environment } from "../../../src/storage/aws/environment.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";
import { readStoreSettings } from "../../../src/storage/aws/settings.ts";
import { BucketPlace } from "../../../src/storage/s3/place.ts";
import { Botocore } from "./botocore/botocore.ts";

const CONFIG = `
[default]
region = eu-central-1
[profile bare]
region = eu-west-1
[profile global]
region = eu-west-1
endpoint_url = http://global.example:9000
[profile services]
region = eu-west-1
endpoint_url = http://global.example:9000
services = own
[profile only-sts]
region = eu-west-1
endpoint_url = http://global.example:9000
services = sts
[profile ignored]
region = eu-west-1
endpoint_url = http://global.example:9000
ignore_configured_endpoint_urls = true
[profile virtual]
region = eu-west-1
endpoint_url = http://global.example:9000
s3 =
  addressing_style = virtual
[profile path]
region = eu-west-1
s3 =
    addressing_style=path
    max_concurrent_requests = 3
[profile "with a space"]
region = eu-west-1
ENDPOINT_URL = http://spaced.example:9000
[profile china]
region = cn-north-1
[profile lost]
region = eu-west-1
services = nowhere
[profile slash]
region = eu-west-1
endpoint_url = http://global.example:9000/base/path/
[profile six]
region = eu-west-1
endpoint_url = http://[::1]:9000
[services own]
s3 =
  endpoint_url = https://services.example
[services sts]
sts =
  endpoint_url = https://sts.example
`;

/** What an environment of variables beside the files leads to, as a question and as ours. */
const CASES: readonly Record<string, string>[] = [
  {},
  { AWS_DEFAULT_REGION: "us-west-2" },
  ...[
    ...["bare", "global", "services", "only-sts", "ignored", "virtual", "path", "with a space"],
    ...["china", "lost", "slash", "six", "nobody"],
  ].map((profile) => ({ AWS_PROFILE: profile })),
  { AWS_ENDPOINT_URL: "http://all.example:1" },
  { AWS_ENDPOINT_URL: "http://all.example:1/" },
  { AWS_ENDPOINT_URL_S3: "http://s3.example:2" },
  { AWS_ENDPOINT_URL: "http://all.example:1", AWS_ENDPOINT_URL_S3: "http://s3.example:2" },
  { AWS_ENDPOINT_URL: "http://all.example:1", AWS_ENDPOINT_URL_STS: "http://sts.example:2" },
  { AWS_ENDPOINT_URL: "http://all.example:1", AWS_PROFILE: "services" },
  { AWS_ENDPOINT_URL_S3: "http://s3.example:2", AWS_PROFILE: "services" },
  { AWS_ENDPOINT_URL_STS: "http://sts.example:2", AWS_PROFILE: "services" },
  { AWS_ENDPOINT_URL: "http://all.example:1", AWS_PROFILE: "ignored" },
  { AWS_ENDPOINT_URL: "http://all.example:1", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
  { AWS_ENDPOINT_URL_S3: "http://s3.example:2", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" },
  { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", AWS_PROFILE: "services" },
  { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false", AWS_PROFILE: "services" },
  { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false", AWS_PROFILE: "ignored" },
  { AWS_ENDPOINT_URL: "http://192.0.2.1:9000", AWS_PROFILE: "virtual" },
  { AWS_ENDPOINT_URL: "https://s3.eu-west-1.amazonaws.com", AWS_PROFILE: "bare" },
  {
    AWS_ENDPOINT_URL: "https://bucket.vpce-1-2.s3.eu-west-1.vpce.amazonaws.com",
    AWS_PROFILE: "bare",
  },
];

Deno.test("where an object is asked for is where AWS's own library asks for it", async () => {
  await using botocore = await Botocore.start();
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(home, ".aws"));
    await Deno.writeTextFile(join(home, ".aws", "config"), CONFIG);
    const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "B", HOME: home };
    const key = "a b/ü+%.jpg";
    const cases = [
      ...CASES.map((variables) => ({ variables, bucket: "photos" })),
      ...["my.photos", "My_photos"].flatMap((bucket) =>
        [{}, { AWS_PROFILE: "virtual" }].map((variables) => ({ variables, bucket }))
      ),
    ];
    for (const { variables, bucket } of cases) {
      const env: Record<string, string> = { ...keys, ...variables };
      const theirs = await botocore.ask({ ask: "address", bucket, key, env });
      const environment: Environment = (name) => env[name];
      const settings = async () => readStoreSettings(environment, await readProfile(environment));
      const about = `${bucket}: ${JSON.stringify([variables, theirs])}`;
      if ("error" in theirs) await assert.rejects(settings(), { kind: "config" }, about);
      else assert.equal(new BucketPlace(bucket, await settings()).url(key), theirs.value, about);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
