import assert from "node:assert/strict";
import { endpointOf } from "../../../src/telemetry/tracing/endpoint.ts";
import { EnvironmentReader } from "../../../src/telemetry/tracing/environment_reader.ts";

const ALL = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/** Where a value leads, and what is said of it. */
function read(value: string, { name = ALL, protocol = "" } = {}) {
  const reader = new EnvironmentReader({
    [name]: value,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  });
  const target = endpointOf(name, reader);
  return { ...target, warnings: reader.warnings };
}

Deno.test("Over HTTP the path of traces is put behind the endpoint of all signals, before its query", () => {
  const cases: [string, string, string][] = [
    ["http://a:4318", "http://a:4318/v1/traces", "http://a:4318/v1/traces"],
    ["http://a:4318/", "http://a:4318/v1/traces", "http://a:4318/v1/traces"],
    ["https://a/otlp/?key=k#x", "https://a/otlp/v1/traces?key=k", "https://a/otlp/v1/traces"],
    ["http://me:secret@a", "http://me:secret@a/v1/traces", "http://a/v1/traces"],
    ["http://[::1]:4318", "http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"],
  ];
  for (const [value, url, shownUrl] of cases) {
    assert.deepEqual(read(value), {
      protocol: "http/protobuf",
      url,
      shownUrl,
      warnings: [],
    });
  }
  assert.equal(read("http://a:4318/x?y=1", { name: TRACES }).url, "http://a:4318/x?y=1");
});

Deno.test("The protocol is the one that is said, else the port's", () => {
  assert.equal(read("http://a:4317").protocol, "grpc");
  assert.equal(read("http://a:4317", { protocol: "http/json" }).protocol, "http/json");
  for (const protocol of ["grpc", "http/protobuf", "http/json"]) {
    assert.equal(read("http://a:4318", { protocol }).protocol, protocol);
  }
  const both = new EnvironmentReader({
    [ALL]: "http://a",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  });
  assert.equal(endpointOf(ALL, both)?.protocol, "http/protobuf");
  assert.equal(both.warnings.length, 1);
});

Deno.test("Over gRPC a host is enough, or a socket; what gRPC has no place for is told", () => {
  const grpc = { protocol: "grpc" };
  assert.equal(read("http://a:1", grpc).url, "http://a:1");
  assert.equal(read("https://[::1]:4317/").url, "https://[::1]:4317");
  const bare = read("me:hidden@collector:4317", grpc);
  assert.equal(bare.url, undefined);
  assert.equal(bare.shownUrl, "collector:4317");
  for (const value of ["unix:/run/otel.sock", "unix:///run/otel.sock"]) {
    for (const protocol of ["", "grpc"]) {
      const socket = read(value, { protocol });
      assert.equal(socket.protocol, "grpc");
      assert.equal(socket.url, "unix:///run/otel.sock");
      assert.deepEqual(socket.warnings, []);
    }
  }
  for (const more of ["http://me:hidden@a:4317", "http://a:4317/x", "http://a:4317?key=hidden"]) {
    const { url, warnings } = read(more);
    assert.equal(url, "http://a:4317");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /no path, query or user, so http:\/\/a:4317 is taken; (?!.*hidden)/);
  }
});

Deno.test("An endpoint that leads nowhere is told without its secrets", () => {
  const values = [
    ["me:hidden@collector 4317", ""],
    ["me:hidden@collector 4317", "grpc"],
    ["htp://me:hidden@collector:4317/?key=hidden", ""],
    ["collector:4317", ""],
    ["unix:collector", "grpc"],
    ["unix:/collector", "http/json"],
  ] as const;
  for (const [value, protocol] of values) {
    const { protocol: taken, warnings } = read(value, { protocol });
    assert.equal(taken, undefined, value);
    assert.match(
      warnings.join(),
      /^OTEL_EXPORTER_OTLP_ENDPOINT='(?!.*hidden).*collector.*' is passed over; expected a URL.*, so nothing is traced$/,
    );
  }
});
