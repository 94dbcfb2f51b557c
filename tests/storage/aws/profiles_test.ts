import assert from "node:assert/strict";
import { join } from "node:path";
import type { Environment } from "../../../src/storage/aws/environment.ts";
import { parseSections, readProfile } from "../../../src/storage/aws/profiles.ts";
import { readStoreSettings } from "../../../src/storage/aws/settings.ts";

const CONFIG = `
# a comment
[default]
region = eu-central-1 ; where it is

[profile minio]
region=garage
services = own
s3 =
    addressing_style = virtual
[profile other]
endpoint_url = https://other.example/s3/

[services own]
s3 =
  endpoint_url = http://127.0.0.1:9000
sts =
  endpoint_url = http://127.0.0.1:9001
`;
const CREDENTIALS = "[minio]\naws_access_key_id = AKIA\naws_secret_access_key = a=b/c+d\n";

async function inHome(run: (variables: Record<string, string>) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(home, ".aws"));
    await Deno.writeTextFile(join(home, ".aws", "config"), CONFIG);
    await Deno.writeTextFile(join(home, ".aws", "credentials"), CREDENTIALS);
    await run({ HOME: home });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function environment(variables: Record<string, string>): Environment {
  return (name) => variables[name];
}

Deno.test("sections have keys, and lists of keys within them", () => {
  const sections = parseSections(CONFIG);
  assert.deepEqual([...sections.keys()], [
    "default",
    "profile minio",
    "profile other",
    "services own",
  ]);
  assert.equal(sections.get("default")?.get("region"), "eu-central-1");
  assert.equal(sections.get("profile minio")?.get("s3.addressing_style"), "virtual");
});

Deno.test("settings come from the environment, else from the profile", async () => {
  await inHome(async (home) => {
    const read = async (variables: Record<string, string>) => {
      const all = environment({ ...home, ...variables });
      const { endpoint, region, addressing } = readStoreSettings(all, await readProfile(all));
      return [endpoint, region, addressing];
    };
    assert.deepEqual(await read({}), [
      "https://s3.eu-central-1.amazonaws.com",
      "eu-central-1",
      "auto",
    ]);
    assert.deepEqual(await read({ AWS_PROFILE: "minio" }), [
      ...["http://127.0.0.1:9000", "garage", "virtual"],
    ]);
    assert.deepEqual(await read({ AWS_PROFILE: "other" }), [
      ...["https://other.example/s3", "us-east-1", "auto"],
    ]);
    const urls = { AWS_ENDPOINT_URL: "http://a:1/", AWS_PROFILE: "minio" };
    assert.deepEqual(await read(urls), ["http://a:1", "garage", "virtual"]);
    assert.equal((await read({ ...urls, AWS_ENDPOINT_URL_S3: "http://b:2" }))[0], "http://b:2");
    assert.deepEqual(await read({ AWS_DEFAULT_REGION: "x", AWS_S3_ADDRESSING_STYLE: "path" }), [
      ...["https://s3.x.amazonaws.com", "x", "path"],
    ]);
    assert.equal(
      (await read({ AWS_REGION: "cn-north-1" }))[0],
      "https://s3.cn-north-1.amazonaws.com.cn",
    );
  });
});

Deno.test("settings that cannot be are told with their variable", async () => {
  await inHome(async (home) => {
    const fails = async (variables: Record<string, string>, message: RegExp) => {
      const all = environment({ ...home, ...variables });
      const work = async () => readStoreSettings(all, await readProfile(all));
      await assert.rejects(work(), { kind: "config", message });
    };
    await fails({ AWS_PROFILE: "nope" }, /no AWS profile 'nope' .*default, minio, other$/);
    await fails(
      { AWS_ENDPOINT_URL: "minio:9000" },
      /'minio:9000' is no endpoint .*AWS_ENDPOINT_URL/,
    );
    await fails({ AWS_ENDPOINT_URL: "s3://b" }, /is no endpoint/);
    await fails({ AWS_ENDPOINT_URL: "https://me:hidden@a:1" }, /^The endpoint at a:1 (?!.*hidden)/);
    await fails({ AWS_REQUEST_PAYER: "me" }, /'me' is nobody who pays .*it is 'requester'/);
    await fails({ AWS_REGION: "evil.example/" }, /is no AWS region/);
    await fails({ AWS_S3_ADDRESSING_STYLE: "both" }, /path, virtual or auto/);
    await fails({ AWS_CONFIG_FILE: "/nowhere" }, /Cannot read '\/nowhere': it is not there/);
  });
});
