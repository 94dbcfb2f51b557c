import assert from "node:assert/strict";
import { join } from "node:path";
import { credentialChain } from "../../../src/storage/aws/chain.ts";
import { CredentialCache, type FoundCredentials } from "../../../src/storage/aws/credentials.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";
import { ownPort } from "../../support/own_port.ts";

const EXPIRES = "2100-01-01T00:00:00Z";
const JSON_CREDENTIALS = JSON.stringify({
  AccessKeyId: "AK",
  SecretAccessKey: "SK",
  Token: "T",
  Expiration: EXPIRES,
});
const STS_CREDENTIALS = `<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Result><Credentials>
  <AccessKeyId>RK</AccessKeyId><SecretAccessKey>RS</SecretAccessKey><SessionToken>RT</SessionToken>
  <Expiration>${EXPIRES}</Expiration></Credentials></Result></R>`;

/** Somebody who gives credentials. */
async function withService(
  answer: (request: Request, body: string) => Response,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const service = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    return answer(request, await request.text());
  });
  try {
    await run(`http://127.0.0.1:${service.addr.port}`);
  } finally {
    await service.shutdown();
  }
}

async function inFolder(
  files: Record<string, string>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function find(variables: Record<string, string>): Promise<FoundCredentials | undefined> {
  const all: Record<string, string> = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...variables,
  };
  const environment = (name: string) => all[name];
  return await credentialChain(environment, await readProfile(environment))();
}

Deno.test("the environment's keys come first, and both are needed", async () => {
  const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "B" };
  assert.deepEqual((await find({ ...keys, AWS_SESSION_TOKEN: "C" }))?.credentials, {
    accessKeyId: "A",
    secretAccessKey: "B",
    sessionToken: "C",
  });
  await assert.rejects(find({ AWS_ACCESS_KEY_ID: "A" }), {
    kind: "config",
    message: "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not: both are needed",
  });
  // As Secrets are that were made with `echo`. Within a password there may be spaces.
  await assert.rejects(find({ ...keys, AWS_SECRET_ACCESS_KEY: "B\n" }), {
    kind: "config",
    message: /^AWS_SECRET_ACCESS_KEY begins or ends with a space, or has the end of a line in it/,
  });
  assert.equal(
    (await find({ ...keys, AWS_SECRET_ACCESS_KEY: "a pass word" }))?.credentials.secretAccessKey,
    "a pass word",
  );
});

Deno.test("where nothing is found, or nothing is wanted, requests go unsigned", async () => {
  assert.equal(await find({}), undefined);
  const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "B" };
  assert.equal(await find({ ...keys, AWS_NO_SIGN_REQUEST: "YES" }), undefined);
});

Deno.test("a pod's token becomes its role's credentials", async () => {
  await inFolder({ token: "first\n" }, async (folder) => {
    const forms: URLSearchParams[] = [];
    await withService((_, body) => {
      forms.push(new URLSearchParams(body));
      return new Response(STS_CREDENTIALS);
    }, async (url) => {
      const variables = {
        AWS_ENDPOINT_URL_STS: url,
        AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
        AWS_ROLE_ARN: "arn:aws:iam::1:role/clip",
      };
      const { credentials, source } = (await find(variables))!;
      assert.deepEqual(credentials, {
        accessKeyId: "RK",
        secretAccessKey: "RS",
        sessionToken: "RT",
        expiresAt: Date.parse(EXPIRES),
      });
      assert.equal(source, "the role arn:aws:iam::1:role/clip");
      await Deno.writeTextFile(join(folder, "token"), "second");
      await find(variables);
      assert.deepEqual(forms.map((form) => form.get("WebIdentityToken")), ["first", "second"]);
      assert.equal(forms[0]!.get("Action"), "AssumeRoleWithWebIdentity");
      assert.equal(forms[0]!.get("RoleArn"), "arn:aws:iam::1:role/clip");
      const none = { ...variables, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "none") };
      await assert.rejects(find(none), {
        message: /AWS_WEB_IDENTITY_TOKEN_FILE\): it is not there/,
      });
    });
    const body =
      "<E><Error><Code>InvalidIdentityToken</Code><Message>No issuer</Message></Error></E>";
    await withService(() => new Response(body, { status: 400 }), async (url) => {
      const wrong = find({
        AWS_ENDPOINT_URL_STS: url,
        AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
        AWS_ROLE_ARN: "r",
      });
      await assert.rejects(wrong, {
        message: /for the role r: No issuer \(InvalidIdentityToken\)/,
      });
    });
  });
});

Deno.test("profiles have keys, roles, or what is not read here", async () => {
  const config = `
[profile role]
role_arn = arn:role
source_profile = keys
[profile lost]
role_arn = arn:role
source_profile = nobody
[profile signed]
sso_session = corp
[profile login]
login_session = arn:x
[profile code]
role_arn = arn:role
mfa_serial = arn:device
source_profile = keys
[profile two]
role_arn = arn:role
source_profile = keys
credential_source = Environment
[profile elsewhere]
role_arn = arn:role
credential_source = Moon
`;
  const credentials = "[keys]\naws_access_key_id = A\naws_secret_access_key = B\n";
  await inFolder({ config, credentials }, async (folder) => {
    const files = {
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    };
    const keys = await find({ ...files, AWS_PROFILE: "keys" });
    assert.deepEqual(keys, {
      credentials: { accessKeyId: "A", secretAccessKey: "B" },
      source: "the AWS profile 'keys'",
    });
    let authorization = "";
    await withService((request, body) => {
      authorization = request.headers.get("authorization") ?? "";
      assert.match(body, /Action=AssumeRole&/);
      return new Response(STS_CREDENTIALS);
    }, async (url) => {
      const role = await find({ ...files, AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: url });
      assert.equal(role?.credentials.accessKeyId, "RK");
    });
    assert.match(authorization, /^AWS4-HMAC-SHA256 Credential=A\/\d{8}\/us-east-1\/sts\//);
    await assert.rejects(
      find({ ...files, AWS_PROFILE: "lost" }),
      /source_profile 'nobody', which is not/,
    );
    const refused: readonly [string, RegExp][] = [
      ["signed", /is one of single sign-on, and lacks sso_account_id, sso_role_name$/],
      ["login", /a login session .*export-credentials --profile login/],
      ["code", /a role that wants a code each time .*export-credentials --profile code/],
      ["two", /has both source_profile and credential_source/],
      ["elsewhere", /credential_source = Moon: it is Environment, /],
    ];
    for (const [profile, message] of refused) {
      await assert.rejects(find({ ...files, AWS_PROFILE: profile }), { kind: "config", message });
    }
  });
});

Deno.test("a profile's program is run, again before its credentials end, and may ask for a role", async () => {
  await inFolder({ runs: "" }, async (folder) => {
    const ends = new Date(Date.now() + 3_600_000).toISOString();
    const script = `echo >> '${join(folder, "runs")}'
key=$(wc -l < '${join(folder, "runs")}')
echo '{"Version": 1, "AccessKeyId": "K'$key'", "SecretAccessKey": "S", "Expiration": "${ends}"}'`;
    await Deno.writeTextFile(join(folder, "program"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const config = `[profile program]
credential_process = '${join(folder, "program")}' --x
[profile role]
role_arn = arn:role
source_profile = program
`;
    await Deno.writeTextFile(join(folder, "config"), config);
    const all: Record<string, string> = {
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_PROFILE: "program",
    };
    const environment = (name: string) => all[name];
    let now = Date.now();
    const chain = credentialChain(environment, await readProfile(environment));
    const cache = new CredentialCache(chain, () => now);
    const key = async () => (await cache.get())?.credentials.accessKeyId;
    assert.deepEqual([await key(), await key()], ["K1", "K1"]);
    now += 3_500_000;
    assert.equal(await key(), "K2");
    let authorization = "";
    await withService((request) => {
      authorization = request.headers.get("authorization") ?? "";
      return new Response(STS_CREDENTIALS);
    }, async (url) => {
      const role = await find({ ...all, AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: url });
      assert.equal(role?.credentials.accessKeyId, "RK");
    });
    assert.match(authorization, /Credential=K3\//);
    // The environment's keys come first, and nothing is run.
    const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "B" };
    assert.equal((await find({ ...all, ...keys }))?.credentials.accessKeyId, "A");
    assert.equal(await Deno.readTextFile(join(folder, "runs")), "\n\n\n");
  });
});

Deno.test("a container's credentials, with its token", async () => {
  await inFolder({ token: "let me in\n" }, async (folder) => {
    await withService(
      (request) =>
        request.headers.get("authorization") === "let me in"
          ? new Response(JSON_CREDENTIALS)
          : new Response("who are you?", { status: 401 }),
      async (url) => {
        const uri = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1` };
        const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, "token") };
        assert.deepEqual((await find({ ...uri, ...token }))?.credentials, {
          accessKeyId: "AK",
          secretAccessKey: "SK",
          sessionToken: "T",
          expiresAt: Date.parse(EXPIRES),
        });
        await assert.rejects(find(uri), {
          kind: "config",
          message: /it answers 401 \(who are you/,
        });
      },
    );
    const elsewhere = find({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://198.51.100.1/x" });
    await assert.rejects(elsewhere, { message: /has to be https, or on this machine/ });
  });
});

Deno.test("an instance's role, by its metadata service", async () => {
  await withService((request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "PUT" && pathname === "/latest/api/token") return new Response("tok");
    if (request.headers.get("x-aws-ec2-metadata-token") !== "tok") {
      return new Response("", { status: 401 });
    }
    const folder = "/latest/meta-data/iam/security-credentials/";
    return new Response(pathname === folder ? "worker\n" : JSON_CREDENTIALS);
  }, async (url) => {
    const variables = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" };
    const found = await find(variables);
    assert.equal(found?.credentials.accessKeyId, "AK");
    assert.equal(await find({ ...variables, AWS_EC2_METADATA_DISABLED: "true" }), undefined);
  });
  let asked = 0;
  await withService(() => {
    // What is longer than credentials are is not read.
    return new Response(++asked < 3 ? "worker" : "{".repeat(2 << 20));
  }, async (url) => {
    await assert.rejects(
      find({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" }),
      { kind: "unavailable", message: /^No credentials from the instance's role/ },
    );
  });
  await withService(() => new Response("", { status: 404 }), async (url) => {
    assert.equal(
      await find({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" }),
      undefined,
    );
  });
});

Deno.test("who gives credentials may be busy: pods that begin together ask together", async () => {
  await inFolder({ token: "t" }, async (folder) => {
    const busy = (code: string) =>
      `<ErrorResponse><Error><Code>${code}</Code><Message>Slow</Message></Error></ErrorResponse>`;
    const answers = [
      new Response(busy("Throttling"), { status: 400 }),
      new Response(busy("IDPCommunicationError"), { status: 400 }),
      new Response("", { status: 503 }),
    ];
    const variables = (url: string) => ({
      AWS_ENDPOINT_URL_STS: url,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
      AWS_ROLE_ARN: "r",
    });
    await withService(() => answers.shift() ?? new Response(STS_CREDENTIALS), async (url) => {
      assert.equal((await find(variables(url)))?.credentials.accessKeyId, "RK");
    });
    // To schedulers "unavailable" is worth another try, "config" ends the whole job.
    await withService(() => new Response(busy("Throttling"), { status: 400 }), async (url) => {
      await assert.rejects(find(variables(url)), {
        kind: "unavailable",
        message: "No credentials for the role r: Slow (Throttling)",
      });
    });
    let asked = 0;
    await withService(() => {
      asked++;
      return new Response(busy("AccessDenied"), { status: 403 });
    }, async (url) => {
      await assert.rejects(find(variables(url)), { kind: "config", message: /AccessDenied/ });
    });
    assert.equal(asked, 1, "what is refused is not asked for again");
  });
  const json = [new Response("", { status: 500 }), new Response("", { status: 429 })];
  await withService(() => json.shift() ?? new Response(JSON_CREDENTIALS), async (url) => {
    const found = await find({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    assert.equal(found?.credentials.accessKeyId, "AK");
  });
  await withService(() => new Response("", { status: 503 }), async (url) => {
    await assert.rejects(find({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }), {
      kind: "unavailable",
      message: /it answers 503/,
    });
    await assert.rejects(
      find({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" }),
      { kind: "unavailable", message: /the instance's role \(EC2 metadata\): it answers 503/ },
    );
  });
});

Deno.test("an agent that is not there yet is waited for", async () => {
  const port = await ownPort();
  const refused = Promise.withResolvers<void>();
  const { fetch } = globalThis;
  globalThis.fetch = (...request) =>
    fetch(...request).catch((thrown) => {
      refused.resolve();
      throw thrown;
    });
  const finding = find({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1` });
  await refused.promise;
  globalThis.fetch = fetch;
  const service = Deno.serve(
    { hostname: "127.0.0.1", port, onListen() {} },
    () => new Response(JSON_CREDENTIALS),
  );
  assert.equal((await finding)?.credentials.accessKeyId, "AK");
  await service.shutdown();
});

Deno.test("a profile's files are read anew: other tools write new tokens into them", async () => {
  const text = (token: string) =>
    `[default]\naws_access_key_id=A\naws_secret_access_key=B\naws_session_token=${token}\n`;
  await inFolder({ credentials: text("one") }, async (folder) => {
    const all: Record<string, string> = {
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    };
    const environment = (name: string) => all[name];
    const provide = credentialChain(environment, await readProfile(environment));
    assert.equal((await provide())?.credentials.sessionToken, "one");
    await Deno.writeTextFile(join(folder, "credentials"), text("two"));
    assert.equal((await provide())?.credentials.sessionToken, "two");
  });
});
