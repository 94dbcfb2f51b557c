import assert from "node:assert/strict";
import { certificateTrouble } from "../../../src/telemetry/tracing/certificates.ts";
import { Certificates } from "../../support/certificates.ts";

const CA = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CERTIFICATE = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

Deno.test("Certificates that the exporter would go on without are told, and nothing else is", () => {
  using made = new Certificates();
  made.selfSigned("a");
  Deno.writeTextFileSync(made.path("garbage"), "garbage");
  const trouble = (env: Record<string, string>) =>
    certificateTrouble(env, (path) => Deno.readTextFileSync(made.path(path)));
  const pair = { [CERTIFICATE]: "a.crt", [KEY]: "a.key" };
  assert.deepEqual(trouble({}), []);
  assert.deepEqual(trouble({ [CA]: "", [KEY]: " " }), []);
  assert.deepEqual(trouble({ [CA]: "a.crt", ...pair }), []);
  const cases: [Record<string, string>, RegExp][] = [
    [{ [CA]: "none" }, /^OTEL_EXPORTER_OTLP_CERTIFICATE='none' .*: there is no such file$/],
    [{ [CA]: "a.key" }, /^OTEL_EXPORTER_OTLP_CERTIFICATE='a.key' .*: it holds something else$/],
    [{ ...pair, [CERTIFICATE]: "garbage" }, /a certificate in PEM: it holds something else/],
    [{ ...pair, [KEY]: "garbage" }, /a private key in PEM: it holds something else/],
    [{ [KEY]: "a.key" }, /^OTEL_EXPORTER_OTLP_CLIENT_KEY=.*certificate and key .* together/],
    [{ [CERTIFICATE]: "a.crt" }, /^OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=.*together/],
    // The one for traces wins.
    [{ [CA]: "a.crt", OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: "garbage" }, /_TRACES_CERTIFICATE=/],
  ];
  for (const [env, expected] of cases) {
    const told = trouble(env);
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0]!, expected);
  }
});
