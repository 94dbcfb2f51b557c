import assert from "node:assert/strict";
import { EnvironmentReader } from "../../../src/telemetry/tracing/environment_reader.ts";
import {
  headersCanBeSent,
  lookAtOthers,
  timeoutOf,
} from "../../../src/telemetry/tracing/exporter_variables.ts";

const HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";

function headers(value: string, protocol: "grpc" | "http/json" = "http/json") {
  const reader = new EnvironmentReader({ [HEADERS]: value });
  return { can: headersCanBeSent(reader, protocol), warnings: reader.warnings };
}

Deno.test("Headers as they should be, and none, cause no word", () => {
  for (const value of ["", " , ", "api-key=k", "authorization=Bearer%20a%3Bb, x=1,", "a=b=c"]) {
    for (const protocol of ["grpc", "http/json"] as const) {
      assert.deepEqual(headers(value, protocol), { can: true, warnings: [] }, value);
    }
  }
});

Deno.test("Entries that the exporter passes over are told by their number, never shown", () => {
  const { can, warnings } = headers("x=1,hidden,=hidden,y=%zzhidden,hidden=,z=1;hidden");
  assert.equal(can, true);
  assert.deepEqual(warnings.map((text) => /entry (\d)/.exec(text)?.[1]), ["2", "3", "4", "5", "6"]);
  assert.doesNotMatch(warnings.join(), /hidden/);
});

Deno.test("A header that cannot be sent keeps everything from being traced, which is told", () => {
  const cases: [string, boolean, boolean][] = [
    ["a b=hidden", false, false],
    ["a=hid%0Aden", false, false],
    ["a=hid%C3%A9den", true, false],
    ["a-bin=hidden", true, false],
    ["a=hid%E2%82%ACden", false, false],
  ];
  for (const [value, overHttp, overGrpc] of cases) {
    for (const [protocol, expected] of [["http/json", overHttp], ["grpc", overGrpc]] as const) {
      const { can, warnings } = headers(value, protocol);
      assert.equal(can, expected, `${value} ${protocol}`);
      assert.doesNotMatch(warnings.join(), /hid/);
      assert.equal(warnings.length, expected ? 0 : 1);
    }
  }
});

Deno.test("Compression, insecure and timeout: what is wrong is told, empty is unset", () => {
  const reader = (env: Record<string, string>) => new EnvironmentReader(env);
  const all = reader({
    OTEL_EXPORTER_OTLP_COMPRESSION: "GZIP",
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "zstd",
    OTEL_EXPORTER_OTLP_INSECURE: "yes",
    OTEL_EXPORTER_OTLP_TIMEOUT: "1e300",
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "0",
  });
  lookAtOthers(all, "http://a");
  assert.equal(timeoutOf(all), 10_000);
  assert.equal(all.warnings.length, 5, all.warnings.join("\n"));
  for (const warning of all.warnings) assert.match(warning, /^OTEL_\w+='[^']*' is passed over; /);

  const useless = reader({ OTEL_EXPORTER_OTLP_INSECURE: "TRUE" });
  lookAtOthers(useless, "http://a");
  lookAtOthers(useless, undefined);
  assert.deepEqual(useless.warnings, []);
  lookAtOthers(useless, "https://a");
  assert.equal(useless.warnings.length, 1);

  const empty = reader({
    OTEL_EXPORTER_OTLP_COMPRESSION: "",
    OTEL_EXPORTER_OTLP_INSECURE: " ",
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "",
    OTEL_EXPORTER_OTLP_TIMEOUT: "200",
  });
  lookAtOthers(empty, "https://a");
  assert.equal(timeoutOf(empty), 200);
  assert.deepEqual(empty.warnings, []);
});
