import assert from "node:assert/strict";
import { join } from "node:path";
import type { Environment } from "../../../src/storage/aws/environment.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";
import { parseSections } from "../../../src/storage/aws/sections.ts";
import { ObjectStores } from "../../../src/storage/open_store.ts";
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
      ...["https://other.example/s3", "us-east-1", "path"],
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
    await fails(
      { AWS_CONFIG_FILE: "/nowhere" },
      /Cannot read '\/nowhere': it is not there \(AWS_CONFIG_FILE\)/,
    );
  });
});

Deno.test("files that cannot be read are in nobody's way, and told where nothing else helps", async () => {
  const shapes: readonly [string, (path: string) => Promise<unknown>, string | undefined][] = [
    ["folder", (path) => Deno.mkdir(path), "it is a folder"],
    ["pipe", (path) => new Deno.Command("mkfifo", { args: [path] }).output(), "it is a pipe"],
    ["link to itself", (path) => Deno.symlink(path, path), "its links lead in a circle"],
    ["link to nothing", (path) => Deno.symlink("/nowhere/config", path), undefined],
    ["link to nothing in a file", (path) => Deno.symlink("/dev/null/x", path), undefined],
  ];
  const store = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
  });
  try {
    for (const [name, make, reason] of shapes) {
      for (const file of ["config", "credentials"]) {
        const home = await Deno.makeTempDir();
        await Deno.mkdir(join(home, ".aws"));
        const path = join(home, ".aws", file);
        await make(path);
        const nobody = environment({
          HOME: home,
          AWS_ENDPOINT_URL: `http://127.0.0.1:${store.addr.port}`,
          AWS_EC2_METADATA_DISABLED: "true",
        });
        const stores = await ObjectStores.open({ environment: nobody });
        await assert.rejects(Array.fromAsync(stores.bucket("photos").list("")), (error: Error) => {
          const told = error.message.includes(`; not read: '${path}': `);
          assert.equal(told, reason !== undefined, `${name}: ${error.message}`);
          if (reason !== undefined) assert.ok(error.message.includes(reason), error.message);
          return true;
        });
        const asked = environment({ HOME: home, AWS_PROFILE: "minio" });
        await assert.rejects(readProfile(asked), {
          kind: "config",
          message: reason === undefined
            ? /there are none in ~\/\.aws\/config/
            : new RegExp(`'minio' .*; not read: '${path}': `),
        });
        // A file that somebody names is one that is meant.
        const named = environment({ AWS_CONFIG_FILE: path });
        await assert.rejects(readProfile(named), {
          message: new RegExp(`^Cannot read '${path}': .* \\(AWS_CONFIG_FILE\\)$`),
        });
        await Deno.remove(home, { recursive: true });
      }
    }
  } finally {
    await store.shutdown();
  }
});

Deno.test("profiles lie in a home folder, and nowhere without one", async () => {
  await inHome(async ({ HOME }) => {
    const named = environment({ HOME: HOME!, AWS_CONFIG_FILE: "~/.aws/config" });
    assert.equal((await readProfile(named)).keys.get("region"), "eu-central-1");
  });
  // Not in the working directory: whoever writes there would say which programs are run.
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, ".aws"));
  await Deno.writeTextFile(join(folder, ".aws", "config"), CONFIG);
  const module = new URL("../../../src/storage/aws/profiles.ts", import.meta.url);
  const code = `import { readProfile } from "${module}";
    console.log((await readProfile(() => undefined)).keys.size);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: folder,
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "0\n", new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
});
