/** Certificates, keys and passwords of a flow: where they go, and that they go nowhere else. */
import assert from "node:assert/strict";
import { ENCODER, planOf } from "../../support/planned_flow.ts";

const TLS = ["server.pem", "server.key", "ca.pem"];

Deno.test("certificates, keys and files of API keys are files of Secrets", async () => {
  const { flow, files } = await planOf(
    `jtype: Flow
with:
  ssl_certfile: server.pem # chain
  ssl_client_ca: ca.pem
  uvicorn_kwargs: {ssl_keyfile: server.key}
  api_keys:
    - {file: a/keys.txt}
    - {file: b/keys.txt}
    - {file: a/keys.txt}
${ENCODER}`,
    { files: [...TLS, "a/keys.txt", "b/keys.txt"] },
  );
  assert.deepEqual(files.map(({ secret, key, path }) => [secret, key, path]), [
    ["tls", "tls.crt", "/etc/clipline-tls/tls.crt"],
    ["tls", "tls.key", "/etc/clipline-tls/tls.key"],
    ["client-ca", "ca.crt", "/etc/clipline-client-ca/ca.crt"],
    ["api-keys", "keys.txt", "/etc/clipline-api-keys/keys.txt"],
    ["api-keys", "2-keys.txt", "/etc/clipline-api-keys/2-keys.txt"],
  ]);
  assert.ok(files.every(({ source }) => /^\/.*clipline-plan-/.test(source)));
  assert.ok(flow.text.includes("ssl_certfile: /etc/clipline-tls/tls.crt # chain\n"));
  assert.ok(flow.text.includes("{ssl_keyfile: /etc/clipline-tls/tls.key}"));
  assert.ok(flow.text.includes("- {file: /etc/clipline-api-keys/2-keys.txt}"));
  assert.equal(flow.secret, false);
});

Deno.test("a certificate that is not here may be where the Secret is made", async () => {
  const { files } = await planOf(
    `jtype: Flow\nwith: {ssl_certfile: /not/here.pem, ssl_keyfile: /not/here.key}\n${ENCODER}`,
  );
  assert.equal(files[0]!.source, "/not/here.pem");
});

Deno.test("variables of the flow come along, those that are secret apart", async () => {
  const { variables, flow, notes } = await planOf(
    `jtype: Flow
with:
  port: $PORT
  title: \${{ ENV.TITLE }} of \${HOME}, $NOWHERE
  api_keys: ["\${{ ENV.WHO }}"]
executors:
  - uses: CLIPEncoder
    env: {HF_TOKEN: $TOKEN_OF_MINE}
`,
    {
      env: {
        PORT: "7000",
        TITLE: "Mine",
        HOME: "/root",
        WHO: "0123456789abcdef",
        TOKEN_OF_MINE: "hf",
        OTHER: "x",
      },
      options: {
        variables: [{ name: "AWS_SECRET_ACCESS_KEY", value: "k" }, { name: "A", value: "b" }, {
          name: "PGPASSWORD",
          value: "p",
        }],
      },
    },
  );
  const told = Object.fromEntries(variables.map(({ name, secret }) => [name, secret]));
  assert.deepEqual(told, {
    PORT: false,
    TITLE: false,
    WHO: true,
    TOKEN_OF_MINE: true,
    AWS_SECRET_ACCESS_KEY: true,
    A: false,
    PGPASSWORD: true,
  });
  assert.equal(flow.secret, false);
  assert.match(notes.join(), /HOME, which has another value/);
});

Deno.test("a variable that a changed place had referred to is not needed", async () => {
  const { variables } = await planOf(
    `jtype: Flow\nwith: {ssl_certfile: $CERT, ssl_keyfile: server.key}\n${ENCODER}`,
    { files: TLS, env: { CERT: "server.pem" } },
  );
  assert.deepEqual(variables, []);
});

Deno.test("a flow is secret when a key or password stands in it", async () => {
  const gateway = (line: string) => `jtype: Flow\nwith: {${line}}\n${ENCODER}`;
  const database = (url: string) =>
    `jtype: Flow\nexecutors:\n  - uses: CLIPEncoder\n  - uses: {jtype: AnnLiteIndexer, with: {url: "${url}"}}\n`;
  const tls = "ssl_certfile: server.pem, ssl_keyfile: server.key";
  const open = [
    gateway("api_keys: [$WHO]"),
    gateway("api_keys: [{key: $WHO, name: me}]"),
    gateway(`${tls}, uvicorn_kwargs: {ssl_keyfile_password: $WHO}`),
    gateway("env: {HF_TOKEN: $WHO, HF_ENDPOINT: https://hub.example}"),
    database("postgresql://me@host/db"),
    database("postgresql://me:$WHO@host/db"),
  ];
  const secret = [
    gateway("api_keys: [0123456789abcdef]"),
    gateway("api_keys: [{key: 0123456789abcdef, name: me}]"),
    gateway(`${tls}, uvicorn_kwargs: {ssl_keyfile_password: hunter2}`),
    gateway("env: {HF_TOKEN: hf_abc}"),
    database("postgresql://me:hunter2@host/db"),
    database("postgresql://host/db?password=hunter2"),
  ];
  const env = { WHO: "fedcba9876543210" };
  for (const text of open) {
    assert.equal((await planOf(text, { env, files: TLS })).flow.secret, false, text);
  }
  for (const text of secret) {
    assert.equal((await planOf(text, { env, files: TLS })).flow.secret, true, text);
  }
});

Deno.test("a flow may refer to variables that only the servers have", async () => {
  const { variables, flow } = await planOf(
    `jtype: Flow\nwith: {api_keys: [$WHO], port: $PORT}\n${ENCODER}`,
    {
      env: { PORT: "1" },
      options: {
        variables: [{ name: "WHO", value: "0123456789abcdef" }, { name: "PORT", value: "7000" }],
      },
    },
  );
  assert.deepEqual(variables, [
    { name: "WHO", value: "0123456789abcdef", secret: true },
    { name: "PORT", value: "7000", secret: false },
  ]);
  assert.equal(flow.secret, false);
});
